"""Each reward term on states made by hand, with values worked out by hand."""

import numpy as np
import pytest

GOAL_HEIGHT = 321.3875  # uu, the middle of the goal


@pytest.mark.parametrize(
    ("before", "after", "goal", "concede"),
    [
        ((0, 0), (1, 0), [1, 0], [0, 1]),
        ((3, 2), (3, 3), [0, 1], [1, 0]),
        ((4, 1), (4, 1), [0, 0], [0, 0]),
        ((3, 5), (4, 5), [1, 1, 0, 0], [0, 0, 1, 1]),
        ((3, 5), (3, 6), [0, 0, 1, 1], [1, 1, 0, 0]),
    ],
)
def test_goal_and_concede(make_state, value, before, after, goal, concede):
    state, next_state = (make_state(len(goal), score=score) for score in (before, after))
    np.testing.assert_array_equal(value("goal", state, next_state), goal)
    np.testing.assert_array_equal(value("concede", state, next_state), concede)


def test_speed_to_ball(make_state, value):
    """Blue drives straight at the ball at top speed, orange away from it at half of that."""
    cars = make_state(
        2,
        ball_position=[0, 1000, 17],
        position=[[0, -1000, 17], [0, 2000, 17]],
        velocity=[[0, 2300, 0], [0, 1150, 0]],
    )
    np.testing.assert_allclose(value("speed_to_ball", make_state(2), cars), [1, -0.5], atol=1e-6)


def test_speed_to_ball_is_the_component_towards_it(make_state, value):
    """The ball lies in the direction (0.6, 0, 0.8); across that direction no speed counts."""
    cars = make_state(2, ball_position=[600, 0, 800], velocity=[[2300, 0, 0], [0, 2300, 0]])
    np.testing.assert_allclose(value("speed_to_ball", make_state(2), cars), [0.6, 0], atol=1e-6)


def test_face_ball(make_state, value):
    cars = make_state(
        4,
        ball_position=[0, 0, 17],
        position=[[-500, 0, 17], [-500, 0, 17], [0, -500, 17], [300, 400, 17]],
        forward=[[1, 0, 0], [-1, 0, 0], [1, 0, 0], [-1, 0, 0]],
        velocity=[2300, 0, 0],  # where the car drives does not matter
    )
    np.testing.assert_allclose(value("face_ball", make_state(4), cars), [1, -1, 0, 0.6], atol=1e-6)


def test_ball_to_goal(make_state, value):
    """Towards +y is good for blue and bad for orange; the ball's top speed is 6000 uu/s."""
    straight = make_state(2, ball_position=[0, 0, GOAL_HEIGHT], ball_velocity=[0, 3000, 0])
    np.testing.assert_allclose(value("ball_to_goal", make_state(2), straight), [0.5, -0.5], atol=1e-6)
    # from (3840, 0) the goals lie in the directions (-0.6, 0.8) and (-0.6, -0.8)
    slanted = make_state(4, ball_position=[3840, 0, GOAL_HEIGHT], ball_velocity=[-6000, 0, 0])
    np.testing.assert_allclose(value("ball_to_goal", make_state(4), slanted), [0.6] * 4, atol=1e-6)


def test_alignment(make_state, value):
    """Ball ahead on the line between the goals is 1, behind it -1, beside it 0."""
    ahead = make_state(2, ball_position=[0, 1000, GOAL_HEIGHT], position=[0, -2000, GOAL_HEIGHT])
    np.testing.assert_allclose(value("alignment", make_state(2), ahead), [1, -1], atol=1e-6)
    beside = make_state(2, ball_position=[1000, 0, GOAL_HEIGHT], position=[0, 0, GOAL_HEIGHT])
    np.testing.assert_allclose(value("alignment", make_state(2), beside), [0, 0], atol=1e-6)


def test_alignment_is_the_mean_of_attack_and_defence(make_state, value):
    """From (3840, 0) blue attacks along (-0.6, 0.8) and has its own goal behind it along (0.6, 0.8)."""
    cars = make_state(2, ball_position=[3840 + 600, 800, GOAL_HEIGHT], position=[3840, 0, GOAL_HEIGHT])
    attack, defence = 0.28, 1.0
    orange_attack, orange_defence = -1.0, -0.28
    expected = [(attack + defence) / 2, (orange_attack + orange_defence) / 2]
    np.testing.assert_allclose(value("alignment", make_state(2), cars), expected, atol=1e-6)


def test_boost_kept(make_state, value):
    tanks = make_state(4, boost=[100, 25, 1, 0])
    np.testing.assert_allclose(value("boost_kept", make_state(4, boost=50), tanks), [1, 0.5, 0.1, 0], atol=1e-6)


def test_boost_spent(make_state, value):
    """From 100 to 81 and from 36 to 25 a root falls by 0.1; half of that at half a goal's height, nothing above it."""
    place = [[0, 0, 0], [0, 0, 643 / 2], [0, 0, 0], [0, 0, 700]]
    before = make_state(4, boost=[100, 100, 36, 50], boost_used=7)
    after = make_state(4, boost=[81, 81, 25, 40], boost_used=[26, 26, 18, 17], position=place)
    np.testing.assert_allclose(value("boost_spent", before, after), [0.1, 0.05, 0.1, 0], atol=1e-6)


def test_demo_counts_new_demolitions(make_state, value):
    before, after = make_state(4, demos=[2, 0, 1, 7]), make_state(4, demos=[3, 0, 3, 7])
    np.testing.assert_array_equal(value("demo", before, after), [1, 0, 2, 0])


def test_demoed_counts_only_the_moment(make_state, value):
    before, after = make_state(4, demoed=[0, 1, 1, 0]), make_state(4, demoed=[1, 1, 0, 0])
    np.testing.assert_array_equal(value("demoed", before, after), [1, 0, 0, 0])
