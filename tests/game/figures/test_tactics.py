"""Figures of play against each other, worked out by hand."""

import numpy as np
import pytest

from jaxrl.game.state import LONG_AGO

NAN = np.nan


def test_goal_side(figure):
    """The ball at y = 500: blue at 499 is nearer to its own goal at -5120, and so is orange at 501 to its own."""
    beside = {"ball_position": (0, 500, 93)}
    near, beyond = ({"position": [(9, 500 - d, 17), (9, 500 + d, 17)]} for d in (1, -1))
    np.testing.assert_array_equal(figure("goal_side_share", {}, beside | near), [1, 1])
    np.testing.assert_array_equal(figure("goal_side_share", {}, beside | beyond), [0, 0])


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        ((LONG_AGO,) * 4, [0, 0, 0, 0]),
        ((80, LONG_AGO, 40, 100), [0, 0, 1, 1]),
        ((80, 8, 40, 100), [1, 1, 0, 0]),
        ((0, 8, 0, 100), [0, 0, 0, 0]),
    ],
    ids=["nobody", "orange", "blue", "both at once"],
)
def test_possession_is_the_last_touch(figure, ticks, expected):
    found = figure("possession_share", {}, {"ticks_since_contact": ticks}, num_cars=4)
    np.testing.assert_array_equal(found, expected)


def test_kickoffs_end_with_their_first_touch(figure):
    """Orange is there after 264 ticks = 2.2 s. What began with a ball elsewhere is no kickoff, nor is a later touch."""
    rest, first = {"ball_position": (0, 0, 93)}, {"ball_touched": 1, "ticks_since_kickoff": 264}
    after = first | {"ticks_since_contact": [LONG_AGO, 0]}
    np.testing.assert_allclose(figure("kickoff_seconds", rest, after), [2.2, 2.2], rtol=1e-6)
    np.testing.assert_array_equal(figure("kickoff_first_share", rest, after), [0, 1])
    for before in ({"ball_position": (0, 2, 93)}, rest | {"ball_velocity": (0, 0, 50)}, rest | {"ball_touched": 1}):
        np.testing.assert_array_equal(figure("kickoff_seconds", before, after), [NAN, NAN])
        np.testing.assert_array_equal(figure("kickoff_first_share", before, after), [NAN, NAN])
    both = first | {"ticks_since_contact": 0}
    np.testing.assert_array_equal(figure("kickoff_first_share", rest, both), [0, 0])


FREE, TO_ORANGE = {"ball_position": (0, 3000, 200)}, {"ball_velocity": (0, 2000, 100)}
BY_BLUE, BY_ORANGE = {"ticks_since_contact": [0, LONG_AGO]}, {"ticks_since_contact": [LONG_AGO, 0]}


def test_a_shot_puts_the_ball_on_course(figure):
    """The ball is 1.06 s from orange's goal line; its height there would be 200 + 106 - 365 < 0: it bounces in."""
    np.testing.assert_array_equal(figure("shots_per_minute", FREE, FREE | TO_ORANGE | BY_BLUE), [900, 0])
    np.testing.assert_array_equal(figure("shots_per_minute", FREE, FREE | TO_ORANGE), [0, 0], "nobody touched it")
    np.testing.assert_array_equal(figure("shots_per_minute", FREE, FREE | TO_ORANGE | BY_ORANGE), [0, 0], "own goal")
    was = FREE | TO_ORANGE
    np.testing.assert_array_equal(figure("shots_per_minute", was, was | BY_BLUE), [0, 0], "it was on course")


def test_a_shot_that_is_in_within_the_decision(figure):
    """Behind the goal line nothing is on course any more, but it is a goal."""
    inside = {"ball_position": (0, 5200, 200), "score": (1, 0)} | TO_ORANGE | BY_BLUE
    np.testing.assert_array_equal(figure("shots_per_minute", {"ball_position": (0, 5000, 200)}, inside), [900, 0])
    np.testing.assert_array_equal(figure("saves_per_minute", FREE | TO_ORANGE, inside | BY_ORANGE), [0, 0])


def test_a_save_takes_the_ball_off_its_course(figure):
    away = FREE | {"ball_velocity": (0, -1000, 0)}
    np.testing.assert_array_equal(figure("saves_per_minute", FREE | TO_ORANGE, away | BY_ORANGE), [0, 900])
    np.testing.assert_array_equal(figure("saves_per_minute", FREE | TO_ORANGE, away), [0, 0], "nobody touched it")
    np.testing.assert_array_equal(figure("saves_per_minute", FREE, away | BY_ORANGE), [0, 0], "no danger")


def test_goals_and_who_made_them(figure):
    """2v2: blue scores at 500 uu/s; orange's second car touched the ball last."""
    before = {"score": (1, 1)}
    after = {"score": (2, 1), "ball_velocity": (300, 400, 0), "ticks_since_contact": (200, LONG_AGO, 90, 16)}
    expected = {
        "goals_scored_per_minute": [900, 900, 0, 0],
        "own_goals_per_minute": [0, 0, 0, 900],
        "goal_speed": [500, 500, NAN, NAN],
    }
    for name, value in expected.items():
        np.testing.assert_allclose(figure(name, before, after, num_cars=4), value, err_msg=name)
    own = after | {"ticks_since_contact": (8, LONG_AGO, 90, 16)}
    np.testing.assert_array_equal(figure("own_goals_per_minute", before, own, num_cars=4), [0, 0, 0, 0])


def test_contacts_between_cars(figure):
    before, after = {"demos": [4, 1], "bumps": [0, 2]}, {"demos": [5, 1], "bumps": [0, 4]}
    np.testing.assert_array_equal(figure("demos_per_minute", before, after), [900, 0])
    np.testing.assert_array_equal(figure("bumps_per_minute", before, after), [0, 1800])
