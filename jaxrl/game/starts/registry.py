"""The start states by name: built in, or the user's own as `package.module:function`."""

from collections.abc import Iterable

from jaxrl.game.starts.basic import kickoff, near_ball, random
from jaxrl.game.starts.state import StartFunction
from jaxrl.plugins import import_function

START_STATES: dict[str, StartFunction] = {f.__name__: f for f in (kickoff, random, near_ball)}


def resolve_start_states(names: Iterable[str]) -> list[StartFunction]:
    """Built-in start states by name and the user's by `package.module:function`; raises UserError if one is missing."""
    return [START_STATES[name] if name in START_STATES else import_function(name) for name in names]
