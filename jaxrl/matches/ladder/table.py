"""A ladder's table in Markdown."""

from math import isinf, isnan

from jaxrl.matches.ladder.standings import Standing, Standings

HEADINGS = ("", "player", "Elo", "matches", "won", "drawn", "lost", "goal difference in 5 minutes")


def table(found: Standings) -> str:
    """Rows of rank, player, Elo with its 95% interval, matches, shares of them, and goal difference with its own."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
    for rank, row in enumerate(found.rows, 1):
        shares = (f"{100 * count / row.matches:.0f}%" for count in (row.won, row.drawn, row.lost))
        difference = "-" if row.difference is None else str(row.difference)
        cells = (str(rank), row.player, elo(row), f"{row.matches:,}", *shares, difference)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def elo(row: Standing) -> str:
    """`512 (470 to 560)`; where an interval is open only the end that there is."""
    if isnan(row.elo):
        return "-"
    if row.is_anchor:
        return f"{row.elo:,.0f} (fixed)"
    if isinf(row.low) or isinf(row.high):
        ends = [f"above {row.low:,.0f}"] * (not isinf(row.low)) + [f"below {row.high:,.0f}"] * (not isinf(row.high))
        return ends[0] if ends else "not told"
    return f"{row.elo:,.0f} ({row.low:,.0f} to {row.high:,.0f})"
