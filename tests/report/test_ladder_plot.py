"""The picture of a ladder, and what is said without matplotlib."""

import sys

import pytest

from jaxrl.errors import UserError
from jaxrl.matches.ladder.records import Match
from jaxrl.matches.ladder.standings import standings
from jaxrl.report.ladder_plot import draw_ladder

ROWS = [("chaser", "random", 1, 0), ("random", "idle", 1, 0), ("random", "idle", 0, 1), ("x", "y", 0, 0)]
FOUND = standings(
    [Match(a, b, a, b, "1v1", "blue", *goals, 300.0, "rocketsim2", 0, 0) for a, b, *goals in ROWS * 3],
    {"random": 0.0},
    "matches",
)


def test_a_picture_with_open_ends(tmp_path, monkeypatch):
    """A line for everybody who has a rating, the strongest on top; chaser's is open to the right."""
    from matplotlib.axes import Axes

    lines, plot = [], Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, x, y, **how: lines.append((x, y, how)) or plot(self, x, y, **how))
    draw_ladder(FOUND, tmp_path / "ladder.png", "1v1")
    assert (tmp_path / "ladder.png").read_bytes().startswith(b"\x89PNG")
    bars = [y for x, y, how in lines if len(x) == 2]
    assert len(bars) == 3
    ((x, y, _),) = [line for line in lines if line[2].get("marker") == ">"]
    assert y == [2]
    assert x[0] > max(end for bar in lines if bar[1] != [2, 2] for end in bar[0][-1:] if end != x[0])


def test_without_matplotlib_one_line_says_what_to_install(tmp_path, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UserError, match=r"^ladder.png: needs matplotlib: uv sync --extra plots, or pip install "):
        draw_ladder(FOUND, tmp_path / "ladder.png", "1v1")


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(UserError, match=r"ladder.png: cannot be written \("):
        draw_ladder(FOUND, tmp_path / "nothing" / "ladder.png", "1v1")
