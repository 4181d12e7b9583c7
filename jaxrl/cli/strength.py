"""`jaxrl strength`: play many matches against each of several opponents, and print a table with 95% intervals.

jaxrl strength checkpoints/checkpoint_400000 --against checkpoints/checkpoint_200000 pretrained/duel
"""

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from jaxrl.bots.players import PLAYERS, physics_of, pinned
from jaxrl.cli.physics_option import add_physics_option, physics_from
from jaxrl.errors import UserError
from jaxrl.report.progress import PassingBar
from jaxrl.signals import StopSignals
from jaxrl.sim.engine import NAMES
from jaxrl.streams import note, tell

if TYPE_CHECKING:
    from jaxrl.matches.tally import Tally

MATCH_MINUTES = 5.0
AGAINST = ("idle", "random", "chaser")
HEADINGS = ("against", "won", "drawn", "goals a minute", "goals against", "touches a minute", "in short")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl strength`."""
    parser.description = (
        "Which of two players is stronger? Play many matches from kickoffs, half of them as orange, and print a table "
        "in Markdown, each row as soon as it is ready. The last column says stronger, weaker or not told apart, by the "
        "goals that the player scored more than the opponent, with a 95%% interval. Below are figures of how both play."
    )
    parser.add_argument("player", help=PLAYERS)
    parser.add_argument("--against", nargs="+", default=AGAINST, help="players, too (default: idle random chaser)")
    parser.add_argument("--figures", action="store_true", help="print all figures of play, not only some")
    add_match_arguments(parser, matches=200)


def add_match_arguments(parser: argparse.ArgumentParser, matches: int) -> None:
    """Add how many matches are played, how long they are, and in which physics."""
    parser.add_argument("--matches", type=int, default=matches, help=f"matches (default: {matches})")
    parser.add_argument("--minutes", type=float, default=MATCH_MINUTES, help="of game, each (default: 5)")
    add_physics_option(parser)


def check_match_arguments(arguments: argparse.Namespace) -> None:
    """Check them; raises UserError."""
    if not 2 <= arguments.matches <= 100_000:
        raise UserError(f"--matches {arguments.matches}: must be 2 to 100000")
    if not 0 < arguments.minutes <= 60:
        raise UserError(f"--minutes {arguments.minutes:g}: must be above 0 and at most 60")


def run(arguments: argparse.Namespace) -> int:
    """Play, and print every row when it is ready; returns the exit code.

    Raises UserError for unknown players. After Ctrl-C or SIGTERM the rows so far stand.
    """
    check_match_arguments(arguments)
    with StopSignals() as stop, closing(PassingBar()) as bar:
        # they import JAX: --help and wrong options stay quick
        from jaxrl.matches.strength import strength
        from jaxrl.training.device import find_device

        find_device()

        def report(opponent: str, share: float) -> None:
            bar.show(f"against {opponent}", share)
            if stop.received is not None:
                raise _StoppedError

        name, *opponents = map(pinned, (arguments.player, *arguments.against))
        matches, minutes = arguments.matches, arguments.minutes
        physics = physics_from(arguments, physics_of([name, *opponents]))
        rows, played = strength(name, opponents, matches, minutes, report, physics), []
        from_kickoffs = f"{matches} matches of {minutes:g} minutes from standard kickoffs in {NAMES[physics]}"
        tell(f"{name}, {from_kickoffs}, actions sampled\n")
        tell(f"| {' | '.join(HEADINGS)} |\n{'|---' * len(HEADINGS)}|")
        try:
            for opponent, found in rows:
                bar.clear()
                tell(_row(opponent, found))
                played.append((opponent, found))
        except _StoppedError:
            bar.clear()
            note(f"stopped; {len(played)} of {len(opponents)} rows are ready")
        else:
            _tell_figures(name, played, arguments.figures)
    return stop.exit_code


class _StoppedError(Exception):
    """A signal came: the matches that are being played are given up."""


def _tell_figures(name: str, played: "list[tuple[str, Tally]]", whole: bool) -> None:
    from jaxrl.matches.figures_table import figures_table

    for opponent, found in played:
        if found.figures is not None:
            tell(f"\n{figures_table(name, opponent, found.figures, whole)}")


def _row(opponent: str, found: "Tally") -> str:
    from jaxrl.matches.statistics import rate, share
    from jaxrl.matches.strength import verdict

    cells = [opponent, *(share(count, len(found.goals)).percent for count in (found.wins, found.draws))]
    cells += [str(rate(counts, found.minutes)) for counts in (found.goals, found.against, found.touches)]
    return f"| {' | '.join(cells)} | {verdict(found)} |"
