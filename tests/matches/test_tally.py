"""What is counted in matches, worked out by hand."""

import numpy as np
import pytest
from support.states import rows

from jaxrl.game.state import LONG_AGO, unpack
from jaxrl.matches.play import Moment, both_sides
from jaxrl.matches.tally import CHUNK, Tally, tally

TICK_SKIP = 8


def moment(decision, first_match, scores, touching=(), team_size=1):
    """A decision of two matches in which the score becomes `scores`, and `touching` = (match, car) touch the ball."""
    num_cars = 2 * team_size
    before = rows(num_cars=num_cars, lead=(2,), ticks_since_contact=LONG_AGO)
    after = before.copy()
    unpack(after).score[:] = scores
    for match, car in touching:
        unpack(after).ticks_since_contact[match, car] = 0
    group, never = slice(first_match, first_match + 2), np.zeros(2, bool)
    return Moment(group, decision, before, np.zeros((2, num_cars), np.int32), after, never, after, 0.0)


def test_both_groups_are_counted_for_the_first_players_cars():
    """Four matches in two groups, the first player orange in the last two; more decisions than are counted at once."""
    moments = []
    for decision in range(CHUNK + 5):
        moments.append(moment(decision, 0, [(1, 0), (0, 1)], touching=[(0, 0), (1, 1)]))  # match 1: orange's touch
        moments.append(moment(decision, 2, [(0, 2), (0, 0)], touching=[(0, 1)]))
    found = tally(moments, both_sides(4, 2), TICK_SKIP)
    n = CHUNK + 5
    assert found.minutes == pytest.approx(n * 8 / 120 / 60)
    assert found.goals.tolist() == [n, 0, 2 * n, 0]
    assert found.against.tolist() == [0, n, 0, 0]
    assert found.touches.tolist() == [n, 0, n, 0]
    assert (found.wins, found.draws, found.losses) == (2, 1, 1)


def test_goals_are_a_teams_and_touches_a_cars():
    """2v2: a goal counts once, and one of two cars touching is half a touch a car."""
    found = tally([moment(0, 0, [(1, 0), (1, 0)], [(0, 0)], team_size=2)], both_sides(2, 4), TICK_SKIP)
    assert found.goals.tolist() == [1, 0]
    assert found.against.tolist() == [0, 1]
    assert found.touches.tolist() == [0.5, 0]


def test_the_way_towards_the_ball():
    """At 600 uu/s straight at the ball for 8 ticks: 40 uu; the other car drives away from it and is not counted."""
    ball = (1000, 0, 93)
    before = rows(
        lead=(2,), ball_position=ball, position=[(0, 0, 93), (500, 0, 93)], velocity=[(600, 0, 0), (-9, 0, 0)]
    )
    one = moment(0, 0, [(0, 0), (0, 0)])._replace(states=before, next_states=before)
    np.testing.assert_allclose(tally([one], both_sides(2, 2), TICK_SKIP).approach, [40, -0.6], rtol=1e-5)


def test_matches_that_are_played_on_add_up():
    a, b = (Tally(1.0, *np.full((4, 2), x, float)) for x in (1, 2))
    both = a + b
    assert both.minutes == 2.0
    np.testing.assert_array_equal([both.goals, both.against, both.touches, both.approach], 3.0)
