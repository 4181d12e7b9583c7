"""A ladder as a picture: a line for every player, its rating and 95% interval."""

import warnings
from io import BytesIO
from math import isfinite, isnan
from pathlib import Path

from jaxrl.errors import UserError, printable
from jaxrl.files import write_whole
from jaxrl.matches.ladder.standings import Standing, Standings

INSTALL = 'needs matplotlib: uv sync --extra plots, or pip install "jaxrl-rocketleague[plots]"'
MARGIN = 0.08  # of the width, beyond the outermost end


def draw_ladder(found: Standings, png: Path, title: str) -> None:
    """Draw all players that have a rating, the strongest on top; an open interval ends in an arrow.

    Raises UserError where matplotlib is missing, or the file cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError(f"{png.name}: {INSTALL}") from error
    rows = [row for row in found.rows if not isnan(row.elo)][::-1]
    ends = [end for row in rows for end in (row.low, row.high, *_point(row)) if isfinite(end)]
    least, most = min(ends, default=0.0), max(ends, default=0.0)
    edge = MARGIN * max(most - least, 100.0)
    figure = Figure(figsize=(9, 1.2 + 0.32 * len(rows)), constrained_layout=True)
    FigureCanvasAgg(figure)
    axis = figure.add_subplot()
    for height, row in enumerate(rows):
        low = row.low if isfinite(row.low) else least - edge
        high = row.high if isfinite(row.high) else most + edge
        axis.plot([low, high], [height, height], color="tab:blue", linewidth=2)
        for is_open, end, marker in ((row.low != low, low, "<"), (row.high != high, high, ">")):
            if is_open:
                axis.plot([end], [height], marker=marker, color="tab:blue")
        axis.plot(_point(row), [height] * len(_point(row)), marker="s" if row.is_anchor else "o", color="tab:blue")
    axis.set_yticks(range(len(rows)), [printable(row.player) for row in rows], parse_math=False)
    axis.set(xlabel="Elo, with 95% interval (square: fixed)", ylim=(-0.7, len(rows) - 0.3))
    axis.set_title(title, fontsize=10)
    axis.grid(alpha=0.3)
    image = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # signs that the font has not
        figure.savefig(image, format="png", dpi=110)
    try:
        write_whole(png, image.getvalue())
    except OSError as error:
        raise UserError(f"{png}: cannot be written ({error.strerror})") from error


def _point(row: Standing) -> list[float]:
    """The rating, unless it is open: then only its end means something."""
    return [row.elo] if isfinite(row.low) and isfinite(row.high) else []
