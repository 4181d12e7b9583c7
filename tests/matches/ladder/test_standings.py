"""From matches to the table, worked out by hand."""

import numpy as np
import pytest

from jaxrl.matches.ladder.ratings import fit
from jaxrl.matches.ladder.records import Match
from jaxrl.matches.ladder.standings import dispersion_of, results_of, standings
from jaxrl.matches.ladder.table import table


def matches(*rows, seconds=300.0, physics="rocketsim2"):
    """Rows of (a, b, a's goals, b's goals)."""
    return [Match(a, b, a, b, "1v1", "blue", *goals, seconds, physics, 0, n) for n, (a, b, *goals) in enumerate(rows)]


FEW = matches(
    ("chaser", "random", 3, 0), ("random", "chaser", 1, 1), ("chaser", "random", 1, 2), ("random", "chaser", 0, 2)
)


def test_matches_and_goals_are_counted_from_both_sides():
    by_matches, by_goals = (results_of(FEW, by) for by in ("matches", "goals"))
    assert by_matches.players == ("chaser", "random")
    assert (by_matches.won[0, 1], by_matches.drawn[0, 1], by_matches.won[1, 0]) == (2, 1, 1)
    assert (by_goals.won[0, 1], by_goals.drawn[0, 1], by_goals.won[1, 0]) == (7, 0, 3)


def test_a_row():
    """Differences of chaser 3, 0, -1, 2: mean 1, deviation 1.826, Student's t of 3 is 3.182, so 1 +- 2.91."""
    first, second = standings(FEW, {"random": 0.0}, "matches").rows
    assert (first.player, first.won, first.drawn, first.lost, first.matches) == ("chaser", 2, 1, 1, 4)
    assert str(first.difference) == "1.00 (-1.91 to 3.91)"
    assert str(second.difference) == "-1.00 (-3.91 to 1.91)"
    assert second.is_anchor
    assert second.elo == 0
    assert first.low < 0 < first.elo < first.high


def test_differences_are_of_five_minutes_whatever_the_match():
    short = matches(("chaser", "random", 1, 0), ("chaser", "random", 3, 0), seconds=60.0)
    assert standings(short, {"random": 0.0}, "matches").rows[0].difference.mean == 10


def test_the_table():
    lines = table(standings(FEW, {"random": 0.0}, "matches")).splitlines()
    assert lines[0] == "|  | player | Elo | matches | won | drawn | lost | goal difference in 5 minutes |"
    assert lines[2].startswith("| 1 | chaser | ")
    assert lines[2].endswith(") | 4 | 50% | 25% | 25% | 1.00 (-1.91 to 3.91) |")
    assert lines[3].startswith("| 2 | random | 0 (fixed) | 4 | 25% |")


def test_open_ends_and_nobody_to_compare_with():
    won = matches(*[("chaser", "random", 1, 0)] * 20, *[("x", "y", 1, 0)] * 2)
    found = standings(won, {"random": 0.0}, "matches")
    lines = table(found).splitlines()
    assert lines[2].startswith("| 1 | chaser | above ")
    assert [line.split(" | ")[2] for line in lines[4:]] == ["-", "-"]
    assert "no matches connect x, y with an anchor: no rating" in found.notes


def test_by_goals_is_the_logarithm_of_their_ratio():
    """400 log10(70 / 30) = 147; the prior takes less than a point."""
    rating = standings(FEW * 10, {"random": 0.0}, "goals").rows[0].elo
    assert rating == pytest.approx(147.2, abs=1)


def test_dispersion_by_hand():
    """2 : 0 and 0 : 2 of 4 goals, half each: (2 - 1)^2 / (2 / 4) twice, over 1 degree of freedom: 4."""
    assert dispersion_of(matches(("a", "b", 2, 0), ("b", "a", 2, 0)), "goals") == 4
    assert dispersion_of(matches(("a", "b", 1, 1), ("a", "b", 1, 1)), "goals") == 1
    assert dispersion_of(matches(("a", "b", 2, 0), ("b", "a", 2, 0)), "matches") == 1


def test_matches_that_are_not_alike_are_told():
    mixed = FEW + matches(("chaser", "random", 3, 0), seconds=60.0, physics="rocketsim3")
    notes = standings(mixed, {"random": 0.0}, "matches").notes
    assert "matches of 1, 5 minutes are rated together" in notes
    assert "matches in RocketSim 2 and RocketSim 3 are rated together" in notes


def test_who_breaks_the_order_is_named():
    """Rock, paper, scissors, of whom one is a little stronger, so that its loss is against the order."""
    cycle = {("rock", "scissors"): 28, ("scissors", "paper"): 25, ("paper", "rock"): 25}
    rows = [(a, b, *goals) for (a, b), won in cycle.items() for goals in [(1, 0)] * won + [(0, 1)] * (30 - won)]
    found = standings(matches(*rows), {"rock": 0.0}, "matches")
    line, times = found.notes[-1], np.sqrt(found.test.misfit)
    assert line.startswith(f"one order does not explain who beats whom (p < 0.001; intervals are {times:.1f} times as ")
    assert times > 3
    plain = fit(results_of(matches(*rows), "matches"), {"rock": 0.0})
    paper = next(row for row in found.rows if row.player == "paper")
    number = plain.players.index("paper")
    assert (paper.high - paper.low) / (plain.high - plain.low)[number] == pytest.approx(times, rel=0.3)
    assert "paper won 83% of 30 matches with a winner against rock, " in line
    assert "% expected, against the order" in line
    quiet = standings(FEW, {"random": 0.0}, "matches").notes[-1]
    assert quiet.startswith("too few pairs have met")


def test_a_difference_needs_two_matches():
    assert standings(FEW[:1], {"random": 0.0}, "matches").rows[0].difference is None
    assert np.isfinite(standings(FEW[:1], {"random": 0.0}, "matches").rows[0].elo)
