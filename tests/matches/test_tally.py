"""What is counted in matches, worked out by hand."""

import numpy as np
import pytest
from support.envs import random_rows
from support.states import rows

from jaxrl.game.figures import FIGURES
from jaxrl.game.state import LONG_AGO, unpack
from jaxrl.matches.play import Moment, both_sides
from jaxrl.matches.tally import ALL_FIGURES, CHUNK, Tally, match_figures, tally

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
    assert both.figures is None
    np.testing.assert_array_equal([both.goals, both.against, both.touches, both.approach], 3.0)


def played(decisions, seed=0):
    """Moments of two matches in which everything that a row tells of is drawn at random."""
    rng = np.random.default_rng(seed)
    states = random_rows(rng, (decisions + 1, 2), 2)
    ended = rng.random((decisions, 2)) < 0.02
    actions = rng.integers(90, size=(decisions, 2, 2)).astype(np.int32)
    moments = []
    for t in range(decisions):
        moments.append(Moment(slice(0, 2), t, states[t], actions[t], states[t + 1], ended[t], states[t + 1], 0.0))
    assert ended.any()
    return moments, (states[:-1], states[1:], actions, ended)


def test_figures_of_pieces_are_those_of_the_whole_match():
    """150 decisions are counted in pieces of 32; a touch at the end of one is followed into the next."""
    moments, arrays = played(150)
    mine = both_sides(2, 2)
    found = tally(moments, mine, TICK_SKIP).figures
    whole = match_figures(*arrays, mine, TICK_SKIP)
    assert whole.sums.count[ALL_FIGURES.index(FIGURES["ball_progress_after_touch"])].sum() > 10
    for one, other in ((found.own(), whole.own()), (found.opponents(), whole.opponents())):
        for name, value in other.items():
            np.testing.assert_allclose(one[name], value, rtol=1e-5, atol=1e-5, err_msg=name)


def test_figures_belong_to_a_player_whatever_its_side():
    """The first player's car is blue in match 0 and orange in match 1, and drives at 600 uu/s; the other at 200."""
    speeds = [[(600, 0, 0), (0, 200, 0)], [(0, 200, 0), (600, 0, 0)]]
    states = rows(lead=(2,), velocity=speeds, ticks_since_contact=LONG_AGO)
    one = moment(0, 0, [(0, 0), (0, 0)])._replace(states=states, next_states=states)
    found = tally([one], both_sides(2, 2), TICK_SKIP).figures
    assert found.own()["speed"] == 600
    assert found.opponents()["speed"] == 200
    assert np.isnan(found.own()["touch_height"])


def test_figures_of_matches_that_are_played_on():
    moments, arrays = played(20)
    mine = both_sides(2, 2)
    twice = tally(moments, mine, TICK_SKIP) + tally(moments, mine, TICK_SKIP)
    once = match_figures(*arrays, mine, TICK_SKIP).own()
    for name, value in twice.figures.own().items():
        np.testing.assert_allclose(value, once[name], rtol=1e-5, atol=1e-5, err_msg=name)
