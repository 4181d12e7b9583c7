"""The yardstick of learning: what counts as held, and that matches are counted as they were played."""

import json

import numpy as np
import pytest

from benchmarks.learning.__main__ import reached
from benchmarks.learning.milestones import (
    MATCHES,
    MILESTONES,
    WEIGHTS,
    evaluate,
    first_held,
    holds,
    known_milestones,
    player_name,
    skills,
    wins_needed,
    within_reach,
)
from benchmarks.learning.run import Run
from jaxrl.bots.players import make_player
from jaxrl.bots.scripted import Random
from jaxrl.matches.statistics import share
from jaxrl.matches.strength import SCRIPTED_TIMING, MatchBatch
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


def test_level_is_by_the_upper_end_and_skills_are_what_they_are():
    """Low 0.2, high 0.4 and 0.6; a skill has no interval."""
    level = {
        name: {"mean": 0.3, "low": 0.2, "high": high} for name, high in (("necto/level", 0.4), ("nexto/level", 0.6))
    }
    assert holds(level, 0.1) == {"M"}
    skill = {f"duel/{name}": {"mean": x, "low": x, "high": x} for name, x in (("speed", 1299.0), ("boost_held", 20.0))}
    assert holds(skill, 0.1) == {"O"}


def test_without_weights_there_are_no_matches_against_nexto(monkeypatch, tmp_path):
    monkeypatch.delenv(WEIGHTS, raising=False)
    assert {milestone.letter for milestone in MILESTONES} - {m.letter for m in known_milestones()} == set("IJKLM")
    monkeypatch.setenv(WEIGHTS, str(tmp_path))
    assert known_milestones() == list(MILESTONES)
    assert player_name("nexto@8") == f"nexto:{tmp_path}/nexto-model.pt@8"
    assert player_name("necto") == f"necto:{tmp_path}/necto-model.pt"
    assert player_name("duel") == "pretrained/duel"
    assert player_name("chaser") == "chaser"


def test_skills_are_the_first_players_and_without_what_nothing_tells():
    with MatchBatch(4) as batch:
        batch.kickoff((Random(*SCRIPTED_TIMING), make_player("idle", 1, *SCRIPTED_TIMING, "jax")), 0)
        found = skills(batch.play(0.2))
    assert found["speed"] > 100
    assert found["flips_ahead"] > 0
    assert "boost_held" in found
    assert "ball_progress_after_touch" not in found, "nobody has touched the ball"


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
    assert holds(found, found["idle/touches"]["mean"]) == {"Q"}, "it flips all the time"
