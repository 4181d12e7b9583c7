"""What happened in a decision, on states made by hand; `tests/game/rewards/test_scenes.py` has it from RocketSim."""

import numpy as np
import pytest

from jaxrl.game.events import (
    contact,
    decision_ticks,
    last_contact,
    on_course,
    opponents_min,
    team_had_ball,
    team_min,
    velocity_change,
)
from jaxrl.game.state import LONG_AGO


@pytest.mark.parametrize(
    ("ticks", "touching", "last", "had"),
    [
        ((LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO), [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]),
        ((8, 0, LONG_AGO, 40), [0, 1, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0]),
        ((64, 48, 16, 40), [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]),
        ((0, 48, 0, 40), [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]),  # both at once
        ((8, 8, 16, 40), [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0]),
    ],
)
def test_who_touched_last(make_state, ticks, touching, last, had):
    """2v2: the first two are blue."""
    state = make_state(4, ticks_since_contact=ticks)
    for event, expected in ((contact, touching), (last_contact, last), (team_had_ball, had)):
        np.testing.assert_array_equal(event(state), np.array(expected, bool), event.__name__)


def test_smallest_of_a_team_and_of_the_opponents():
    values = np.array([[3, 2, 5, 4, 7, 9]], np.float32)
    np.testing.assert_array_equal(team_min(values), [[2, 2, 2, 4, 4, 4]])
    np.testing.assert_array_equal(opponents_min(values), [[4, 4, 4, 2, 2, 2]])


def test_change_of_the_ball(make_state):
    """From 900 uu/s along y to 1200 along x: 1500."""
    hit = make_state(2, ball_velocity_before_touch=[0, 900, 0], ball_velocity_after_touch=[1200, 0, 0])
    np.testing.assert_allclose(velocity_change(hit), [1500])
    np.testing.assert_array_equal(decision_ticks(make_state(2, ticks_since_kickoff=8), hit), [-8])


@pytest.mark.parametrize(
    ("position", "velocity", "into_orange", "why"),
    [
        ((0, 3120, 93), (0, 2000, 0), True, "rolls in after 1 s"),
        ((0, 3120, 93), (0, -2000, 0), False, "rolls away"),
        ((0, 3120, 93), (0, 950, 0), False, "takes 2.1 s"),
        ((0, 3120, 93), (0, 1050, 0), True, "takes 1.9 s"),
        ((0, 3120, 93), (700, 2000, 0), True, "arrives 700 uu beside the middle"),
        ((0, 3120, 93), (900, 2000, 0), False, "arrives 900 uu beside the middle: outside"),
        ((0, 3120, 93), (0, 2000, 700), True, "arrives 93 + 700 - 325 = 468 uu high"),
        ((0, 3120, 93), (0, 2000, 900), False, "arrives 668 uu high: above the bar"),
        ((0, 3120, 800), (0, 2000, 0), True, "drops to 475 uu"),
        ((0, 5300, 93), (0, 2000, 0), False, "is in the goal"),
        ((0, 3120, 93), (0, 0, 0), False, "rests"),
    ],
)
def test_on_course_into_a_goal(make_state, position, velocity, into_orange, why):
    """Car 0 is blue and defends -y; the same shot turned by 180 degrees goes into its goal."""
    turned = np.array([-1, -1, 1])
    shot = make_state(2, ball_position=position, ball_velocity=velocity)
    np.testing.assert_array_equal(on_course(shot), [False, into_orange], why)
    other = make_state(2, ball_position=position * turned, ball_velocity=velocity * turned)
    np.testing.assert_array_equal(on_course(other), [into_orange, False], why)
