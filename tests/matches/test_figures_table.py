"""Figures of two players side by side."""

import numpy as np
import pytest

from jaxrl.game.figures import FIGURES, Sums
from jaxrl.matches.figures_table import SHORT, figures_table
from jaxrl.matches.play import both_sides
from jaxrl.matches.tally import ALL_FIGURES, MatchFigures


@pytest.fixture
def found():
    """Figure k of the first player is k, of the second 2 k, before it is made a rate; nobody flipped."""
    mine = both_sides(2, 2)
    total = np.arange(len(ALL_FIGURES))[:, None, None] * np.where(mine, 1.0, 2.0)
    count = np.ones_like(total)
    count[ALL_FIGURES.index(FIGURES["flip_speed_gain"])] = 0
    return MatchFigures(Sums(total, count), mine, 8)


def rows_of(table):
    return {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ")[1:] for line in table.splitlines()[2:]}


def test_all_figures_of_both(found):
    shown = rows_of(figures_table("mine", "chaser", found, whole=True))
    assert list(shown) == list(FIGURES)
    number = ALL_FIGURES.index(FIGURES["speed"])
    assert shown["speed"] == [f"{number:.1f}", f"{2 * number:.1f}", "uu/s"]
    assert shown["strong_touches_per_minute"] == ["900", "1,800", "a minute"]
    assert shown["flip_speed_gain"] == ["-", "-", "uu/s"]


def test_shares_are_percentages(found):
    sums = Sums(np.full_like(found.sums.total, 0.7654), np.ones_like(found.sums.count))
    few = Sums(sums.total / 10, sums.count)
    assert rows_of(figures_table("a", "b", found.__class__(sums, found.mine, 8), True))["air_share"][0] == "77%"
    assert rows_of(figures_table("a", "b", found.__class__(few, found.mine, 8), True))["air_share"][0] == "7.7%"


def test_the_short_selection(found):
    table = figures_table("mine", "chaser", found, whole=False)
    assert table.splitlines()[0] == "| figure | mine | against chaser | unit |"
    assert tuple(rows_of(table)) == SHORT
