"""The yardstick of learning: what counts as held, and that matches are counted as they were played."""

import json

import numpy as np
import pytest

from benchmarks.learning.__main__ import Run, reached
from benchmarks.learning.milestones import (
    MATCHES,
    MILESTONES,
    evaluate,
    first_held,
    holds,
    wins_needed,
    within_reach,
)
from jaxrl.matches.statistics import share
from jaxrl.matches.strength import MatchBatch
from jaxrl.matches.tally import Tally


def figures(**low):
    """Figures whose intervals begin at `low`: idle_touches=3.0, ..."""
    return {name.replace("_", "/"): {"mean": x + 1, "low": x, "high": x + 2} for name, x in low.items()}


def test_the_wins_that_show_a_milestone_are_the_fewest():
    for milestone in MILESTONES:
        if milestone.figure == "wins":
            n = MATCHES if milestone.bar < 0.94 else 2 * MATCHES  # 64 of 64 show no more than 0.943
            wins = wins_needed(milestone.bar, n)
            assert share(wins, n).low >= milestone.bar > share(wins - 1, n).low
    assert wins_needed(0.95) > MATCHES


def test_the_lower_end_of_the_interval_decides():
    assert holds(figures(idle_touches=9.99), 0.1) == {"A"}
    assert holds(figures(idle_touches=10.0), 0.1) == {"A", "B"}
    assert holds(figures(idle_touches=2.0), 1.0) == set()  # not 3 times the random policy's
    assert holds(figures(idle_touches=0.5), 0.1) == set()  # 5 times, but below 1
    assert holds(figures(chaser_wins=0.95, random_goals=1.2, idle_wins=0.89), 0.1) == {"D", "E", "F"}


def test_held_three_times_in_a_row():
    history = [set("A"), set("A"), set(), set("AB"), set("A"), set("AB"), set("B"), set("B")]
    assert first_held(history, "A") == 3
    assert first_held(history, "B") == 5
    assert first_held(history[:7], "B") is None
    results = [{"steps": 1e6 * i, "seconds": 60.0 * i, "holds": sorted(held)} for i, held in enumerate(history)]
    assert reached(results, "A") == (3.0, 3.0)
    assert reached(results, "F") is None


@pytest.mark.parametrize(("goals", "against", "reachable"), [(0, 0, False), (20, 64, False), (40, 20, True)])
def test_matches_that_cannot_be_won_often_enough_are_not_played_on(goals, against, reachable):
    """A minute of 64 matches: scoring in three matches and conceding one in each is not winning 75% of them."""
    counts = np.zeros((2, MATCHES))
    counts[0, : min(goals, MATCHES)], counts[1, : min(against, MATCHES)] = 1, 1
    assert within_reach(Tally(1.0, *counts, *np.zeros((2, MATCHES))), 0.75) is reachable


def test_snapshots_at_set_times_and_steps(tmp_path):
    """The first one after each: a policy is never given credit for being younger than it is."""
    seconds = {100_000 * i: 20.0 * i for i in range(1, 40)}  # 5,000 steps a second
    (tmp_path / "snapshots.json").write_text(json.dumps(seconds))
    chosen = Run(tmp_path).chosen(780)
    minutes = {300_000 * k // 1 for k in (1, 2, 3, 4, 5)}  # 1, 2, ... minutes
    assert minutes <= set(chosen)
    assert {500_000, 1_000_000, 2_000_000, 3_000_000, 3_900_000} <= set(chosen)
    assert 200_000 in chosen  # half a minute is over at 150,000 steps


@pytest.mark.slow
def test_the_random_policy_holds_nothing():
    with MatchBatch(8) as batch:
        found = evaluate(batch, None, seed=0, still_open=set())
    assert found["idle/touches"]["mean"] < 1
    assert holds(found, found["idle/touches"]["mean"]) == set()
