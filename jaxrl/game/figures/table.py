"""The table of all figures."""

from jaxrl.game.figures import boost, movement, tactics, touches
from jaxrl.game.figures.figure import Figure

FIGURES: dict[str, Figure] = {
    figure.name: figure for part in (touches, movement, boost, tactics) for figure in part.FIGURES
}


def markdown() -> str:
    """A Markdown table of all figures, for the documentation."""
    lines = ["| group | figure | unit | meaning |", "|---|---|---|---|"]
    lines += [f"| {each.group} | `{each.name}` | {each.unit} | {each.meaning} |" for each in FIGURES.values()]
    return "\n".join(lines)
