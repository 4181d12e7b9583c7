"""The start states by name: built in, `pack:TAG`, `replays:FILE`, or the user's own as `package.module:function`."""

from collections.abc import Iterable

from jaxrl.errors import UserError, did_you_mean
from jaxrl.game.starts.air import aerial, air_dribble, flip_reset, high_ball, recovery
from jaxrl.game.starts.basic import kickoff, near_ball, random
from jaxrl.game.starts.ground import demolished, dribble, half_flip, kickoff_like
from jaxrl.game.starts.packs import pack
from jaxrl.game.starts.replays import replays
from jaxrl.game.starts.shots import goalie, shot
from jaxrl.game.starts.state import StartFunction
from jaxrl.game.starts.walls import anywhere, ceiling, wall
from jaxrl.plugins import import_function, is_import_path

# what augmenting would not change: every place is as likely for either team and on either side
EVEN: tuple[StartFunction, ...] = (kickoff, random, near_ball)
OTHERS: tuple[StartFunction, ...] = (
    *(anywhere, kickoff_like, recovery, high_ball, aerial, wall, goalie, shot),
    *(dribble, air_dribble, flip_reset, half_flip, ceiling, demolished),
)
START_STATES: dict[str, StartFunction] = {f.__name__: f for f in (*EVEN, *OTHERS)}


RECORDED = {"pack": pack, "replays": replays}  # `pack:TAG`, `replays:FILE`


def is_recorded(name: str) -> bool:
    """Whether a start state comes from training packs or replays: `pack:TAG` or `replays:FILE`."""
    kind, _, what = name.partition(":")
    return kind in RECORDED and bool(what)


def resolve_start_states(names: Iterable[str]) -> list[StartFunction]:
    """Built-in start states by name, recorded ones, and the user's by `package.module:function`.

    Raises UserError if one is missing.
    """
    return [_resolve(name) for name in names]


def _resolve(name: str) -> StartFunction:
    if name in START_STATES:
        return START_STATES[name]
    if is_recorded(name):
        kind, _, what = name.partition(":")
        return RECORDED[kind](what)
    if is_import_path(name):
        return import_function(name)
    hint, known = did_you_mean(name, START_STATES), ", ".join([*START_STATES, "pack:TAG", "replays:FILE"])
    raise UserError(f"unknown start state {name!r}{hint}; known: {known}, package.module:function")


def is_even(name: str) -> bool:
    """Whether a start state is as likely turned, mirrored or shuffled as it is, so that augmenting it is no use."""
    return START_STATES.get(name) in EVEN
