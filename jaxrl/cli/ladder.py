"""`jaxrl ladder`: rate many players by matches against each other, for as long as you like, and go on another day.

jaxrl ladder random chaser pretrained/duel checkpoints/best --minutes 20
"""

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from jaxrl.bots.players import PLAYERS, physics_of, team_size_of
from jaxrl.cli.physics_option import add_physics_option, physics_from
from jaxrl.errors import UserError, did_you_mean
from jaxrl.report.progress import PassingBar
from jaxrl.signals import StopSignals
from jaxrl.streams import note, tell

if TYPE_CHECKING:
    from jaxrl.matches.ladder.entrants import Entrant
    from jaxrl.matches.ladder.records import Match

PICTURE = "ladder.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl ladder`."""
    parser.description = (
        "How strong are these players, on one scale? Always the two play next whose matches would tell most. Every "
        "match is kept in the folder, and ratings (Elo, random = 0) with 95%% intervals are fitted to all of them, so "
        "the same folder goes on where it stopped, and takes new players. Prints a table in Markdown, and draws "
        "ladder.png."
    )
    parser.add_argument(
        "players", nargs="*", metavar="PLAYER", help=f"{PLAYERS}. FOLDER:greedy takes the most likely action"
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="to play (default: 20); 0 only rates what is there")
    parser.add_argument("--out", type=Path, default=Path("ladder"), help="folder of the matches (default: ladder)")
    parser.add_argument("--match-minutes", type=float, default=5.0, help="of game, each match (default: 5)")
    parser.add_argument(
        "--team-size", type=int, choices=(1, 2, 3), help="cars a side, each has a ladder (default: that of the bots)"
    )
    parser.add_argument(
        "--by", choices=("matches", "goals"), default="matches", help="what is won and lost (default: matches)"
    )
    parser.add_argument(
        "--anchor", action="append", default=[], metavar="PLAYER=ELO", help="a fixed rating (default: random=0)"
    )
    add_physics_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Play until the time is over or a signal comes, rate, print and draw; returns the exit code.

    Raises UserError for unknown players, fewer than two, and a folder that cannot be read or written.
    """
    if not 0 <= arguments.minutes <= 100_000:
        raise UserError(f"--minutes {arguments.minutes:g}: must be 0 to 100000")
    if not 0 < arguments.match_minutes <= 60:
        raise UserError(f"--match-minutes {arguments.match_minutes:g}: must be above 0 and at most 60")
    from jaxrl.matches.ladder.records import FILE, read

    earlier, damage = read(arguments.out)
    if damage is not None:
        note(f"{arguments.out / FILE}: {damage}")
    if arguments.minutes == 0:
        mode = _mode(arguments, earlier)
        own = [match for match in earlier if match.mode == mode]
        _show(arguments, earlier, mode, _anchors(arguments.anchor, (), own))
        return 0
    return _play(arguments, earlier)


def _play(arguments: argparse.Namespace, earlier: "list[Match]") -> int:
    from jaxrl.matches.ladder.entrants import entrants
    from jaxrl.matches.ladder.records import append, read

    players = entrants(arguments.players)
    append(arguments.out, [])  # a folder that cannot be written is told now
    names = [player.name for player in players]
    team_size = arguments.team_size or team_size_of(names)
    physics = physics_from(arguments, physics_of(names))
    with StopSignals() as stop, closing(PassingBar()) as bar:
        # they import JAX: --help and wrong options stay quick
        from jaxrl.matches.ladder.climb import Terms, climb
        from jaxrl.training.device import find_device

        find_device()

        def report(title: str, share: float) -> None:
            bar.show(title, share)
            if stop.received is not None:
                raise _StoppedError

        mode = f"{team_size}v{team_size}"
        anchors = _anchors(arguments.anchor, players, [match for match in earlier if match.mode == mode])
        terms = Terms(
            arguments.out, team_size, physics, arguments.minutes, arguments.match_minutes, anchors, arguments.by
        )
        try:
            climb(players, terms, earlier, report)
        except _StoppedError:
            bar.clear()
            note("stopped; matches that were not over do not count")
    _show(arguments, read(arguments.out)[0], terms.mode, anchors)
    return stop.exit_code


class _StoppedError(Exception):
    """A signal came: the matches that are being played are given up."""


def _mode(arguments: argparse.Namespace, matches: "list[Match]") -> str:
    """Which ladder to show: that of --team-size, or of the matches that were played last."""
    if arguments.team_size:
        return f"{arguments.team_size}v{arguments.team_size}"
    return matches[-1].mode if matches else "1v1"


def _anchors(asked: Sequence[str], players: "Sequence[Entrant]", matches: "Sequence[Match]") -> dict[str, float]:
    """Ratings by identity that are fixed; raises UserError for who is not in the ladder, and what is no number."""
    from jaxrl.matches.ladder.entrants import shown
    from jaxrl.matches.ladder.records import labels
    from jaxrl.matches.ladder.standings import ANCHOR

    known = shown([*labels(matches), *((player.identity, player.label) for player in players)])
    identities = {name: one for one, name in known.items()} | {player.name: player.identity for player in players}
    if not asked:
        if known and ANCHOR not in known:
            first = players[0].identity if players else next(iter(known))
            note(f"{ANCHOR} is not in this ladder: {known[first]} is 0")
            return {first: 0.0}
        return {ANCHOR: 0.0}
    found = {}
    for text in asked:
        name, _, elo = text.rpartition("=")
        try:
            value = float(elo)
        except ValueError:
            value = float("nan")
        if not name or not abs(value) <= 100_000:
            raise UserError(f"--anchor {text}: must be PLAYER=ELO, such as {ANCHOR}=0")
        if name not in identities:
            raise UserError(f"--anchor {text}: {name} is not in this ladder{did_you_mean(name, identities)}")
        found[identities[name]] = value
    return found


def _show(arguments: argparse.Namespace, matches: "list[Match]", mode: str, anchors: dict[str, float]) -> None:
    from jaxrl.matches.ladder.standings import standings
    from jaxrl.matches.ladder.table import table
    from jaxrl.report.ladder_plot import draw_ladder

    own = [match for match in matches if match.mode == mode]
    if not own:
        raise UserError(f"{arguments.out}: no {mode} matches yet")
    found = standings(own, anchors, arguments.by)
    title = f"{mode}, {len(own):,} matches from standard kickoffs"
    tell(f"{title}; Elo by {arguments.by} with 95% intervals\n\n{table(found)}\n")
    for line in found.notes:
        tell(line)
    others = sorted({match.mode for match in matches} - {mode})
    if others:
        tell(f"the folder also has matches in {' and '.join(others)}: --team-size {others[0][0]}")
    try:
        draw_ladder(found, arguments.out / PICTURE, title)
    except UserError as error:
        note(str(error))
