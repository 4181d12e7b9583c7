"""Calls of reward terms, a user's own among them: whatever is wrong with one is told in one line with file and line."""

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxrl.errors import UserError
from jaxrl.game.arrays import Array
from jaxrl.game.layout import State
from jaxrl.plugins import named, where

REAL = ("bool", "int", "uint", "float", "bfloat")  # how the names of dtypes begin that can be summed with weights
TERM = "reward term"


def checked_value(
    name: str, term: Callable[..., Any], state: State, next_state: State, actions: Array, what: str = TERM
) -> Array:
    """`[..., C]`, the value of one term without memory; raises UserError where it fails or gives something else."""
    with named(what, name, term):
        value = term(state, next_state, actions)
    check_value(name, term, value, actions.shape, what)
    return value


def check_value(name: str, term: Callable[..., Any], value: Any, shape: tuple[int, ...], what: str = TERM) -> None:
    """Check that a term gave real numbers of `shape`, `[..., C]`; raises UserError that names it."""
    if (found := mistake(value, shape)) is not None:
        raise UserError(f"{what} {name} ({where(term)}): must return one number per car, shape {shape}, not {found}")


def mistake(value: Any, shape: tuple[int, ...]) -> str | None:
    """What `value` is instead of an array of real numbers of that shape, of numpy or JAX; None if it is one."""
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array"
    if not (isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array_namespace__")):
        return f"{type(value).__name__}"
    if value.shape != shape:
        return f"{value.shape}"
    return None if value.dtype.name.startswith(REAL) else f"{value.dtype}"
