"""`jaxrl strength`: play many matches against each of several opponents, and print a table with 95% intervals.

jaxrl strength checkpoints/best --against idle chaser pretrained/duel --matches 200
"""

import argparse

from jaxrl.bots.players import PLAYERS
from jaxrl.errors import UserError

MATCH_MINUTES = 5.0
AGAINST = ("idle", "random", "chaser")
HEADINGS = ("against", "won", "drawn", "goals a minute", "goals against", "touches a minute", "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl strength`."""
    parser.description = "Play many matches from kickoffs, half of them as orange, and print a table in Markdown."
    parser.add_argument("player", help=PLAYERS)
    parser.add_argument("--against", nargs="+", default=AGAINST, help="players, too (default: idle random chaser)")
    add_match_arguments(parser, matches=200)


def add_match_arguments(parser: argparse.ArgumentParser, matches: int) -> None:
    """Add how many matches are played and how long they are."""
    parser.add_argument("--matches", type=int, default=matches, help=f"matches (default: {matches})")
    parser.add_argument("--minutes", type=float, default=MATCH_MINUTES, help="of game, each (default: 5)")


def check_match_arguments(arguments: argparse.Namespace) -> None:
    """Check them; raises UserError."""
    if not 2 <= arguments.matches <= 100_000:
        raise UserError(f"--matches {arguments.matches}: must be 2 to 100000")
    if not 0 < arguments.minutes <= 60:
        raise UserError(f"--minutes {arguments.minutes:g}: must be above 0 and at most 60")


def run(arguments: argparse.Namespace) -> int:
    """Play, and print every row when it is ready; returns the exit code. Raises UserError for unknown players."""
    check_match_arguments(arguments)
    # it imports JAX: --help and wrong options stay quick
    from jaxrl.matches.statistics import rate, share
    from jaxrl.matches.strength import strength, verdict

    name, matches, minutes = arguments.player, arguments.matches, arguments.minutes
    table_begun = False
    for opponent, found in strength(name, arguments.against, matches, minutes):
        if not table_begun:
            print(f"{name}, {matches} matches of {minutes:g} minutes from standard kickoffs, actions sampled\n")
            print(f"| {' | '.join(HEADINGS)} |\n{'|---' * len(HEADINGS)}|")
            table_begun = True
        cells = [opponent, share(found.wins, matches).percent, share(found.draws, matches).percent]
        cells += [str(rate(counts, found.minutes)) for counts in (found.goals, found.against, found.touches)]
        print(f"| {' | '.join(cells)} | {verdict(found)} |", flush=True)
    return 0
