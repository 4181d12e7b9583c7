"""Who is who in a ladder: a bot is what it plays like, not the folder that it happens to be in."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jaxrl.bots.necto.archive import MAX_BYTES
from jaxrl.bots.newest import has_own_name
from jaxrl.bots.players import GREEDY, check_player, is_saved, pinned, saved_bot, split_handicap, weights_of
from jaxrl.bots.policy_files import identity
from jaxrl.errors import UserError
from jaxrl.files import read_regular

DIGITS = 16  # of a digest, in an identity
SHOWN_DIGITS = 4


@dataclass(frozen=True)
class Entrant:
    """A player of a ladder."""

    identity: str  # the name of a scripted player or of code; of a saved bot, or of a file, a digest of its content
    label: str  # short, for tables; others may have the same
    name: str  # as `make_player` takes it


def entrant(name: str) -> Entrant:
    """The player called `name`, see `jaxrl.bots.players.make_player`; raises UserError where there is none."""
    base, every = split_handicap(name)
    handicap = f"@{every}" if every > 1 else ""
    if is_saved(base):
        base = pinned(base)
        bot = saved_bot(base, "numpy")
        suffix = (GREEDY if bot.greedy else "") + handicap
        return Entrant(identity(bot.policy)[:DIGITS] + suffix, _label(base, bot.name) + handicap, base + handicap)
    check_player(name)
    if (weights := weights_of(base)) is not None:
        maker, path = weights
        digest = hashlib.sha256(read_regular(path, MAX_BYTES)).hexdigest()[:DIGITS]
        return Entrant(f"{maker}:{digest}{handicap}", maker + handicap, name)
    return Entrant(base + handicap, base + handicap, base + handicap)


def _label(name: str, own: str) -> str:
    """The folder's name; of one that a run names, such as `best`, with the folder that it is in."""
    folder = Path(name.removesuffix(GREEDY)).resolve()
    return f"{folder.parent.name}/{own}" if has_own_name(folder) else own


def entrants(names: Sequence[str]) -> tuple[Entrant, ...]:
    """The players of these names; raises UserError for fewer than two different ones, and where there is none."""
    found: dict[str, Entrant] = {}
    for player in map(entrant, names):
        found.setdefault(player.identity, player)
    if len(found) < 2:
        same = "; several names are of the same" if len(names) > 1 else ""
        raise UserError(f"a ladder needs two players or more, not {len(found)}{same}")
    return tuple(found.values())


def shown(labels: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A name for each identity of (identity, label): the last label, with digits where several have the same."""
    last = dict(labels)
    names = [*last.values()]
    return {one: f"{name}#{_digits(one)}" if names.count(name) > 1 else name for one, name in last.items()}


def _digits(one: str) -> str:
    return hashlib.sha256(one.encode()).hexdigest()[:SHOWN_DIGITS]
