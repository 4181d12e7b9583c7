"""Figures of two players side by side, as a table in Markdown."""

from math import isnan

from jaxrl.game.figures import FIGURES
from jaxrl.matches.tally import MatchFigures

# what tells two players apart at a glance
SHORT = (
    "touches_per_minute",
    "strong_touches_per_minute",
    "aerial_touches_per_minute",
    "ball_progress_after_touch",
    "speed",
    "air_share",
    "forward_flips_per_minute",
    "backward_flips_per_minute",
    "backward_diagonal_flips_per_minute",
    "flip_speed_gain",
    "boost_held",
    "boost_gained_per_minute",
    "tank_empty_share",
    "goal_side_share",
    "possession_share",
)


def figures_table(name: str, opponent: str, found: MatchFigures, whole: bool) -> str:
    """Figures of a player and of its opponent: all of them, or the short selection."""
    own, other = found.own(), found.opponents()
    lines = [f"| figure | {name} | against {opponent} | unit |", "|---|---|---|---|"]
    for key in FIGURES if whole else SHORT:
        unit = FIGURES[key].unit
        shown = (_shown(each[key], unit) for each in (own, other))
        lines.append(f"| {key} | {' | '.join(shown)} | {unit} |")
    return "\n".join(lines)


def _shown(value: float, unit: str) -> str:
    """`77%` of a share, else three digits or more; a dash where there is no value."""
    if isnan(value):
        return "-"
    if unit.startswith("of "):
        return f"{100 * value:.1f}%" if value < 0.1 else f"{100 * value:.0f}%"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
