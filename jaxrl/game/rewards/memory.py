"""Reward terms with memory: what a car did before, where the state alone does not tell.

    @with_memory(0.0)
    def airtime(carry, state, next_state, actions):
        carry = (carry + 1) * (1 - next_state.on_ground)
        return carry, carry

`carry` is the memory of every car, float32 `[..., C]`: a number, or a tuple, named tuple or dict of numbers, as `start`
is. A number of `start` may be an array `[k]`: `[..., C, k]` in the carry. The function is called for one decision after
the other, in order, and returns the carry for the next decision and the value of this one, `[..., C]`. At the end of an
episode the carry is put back to `start`. Like every term it runs under numpy and JAX alike, so it must be pure: what it
knows of earlier decisions is in the carry, and what it chooses between, it chooses by `xp.where`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxrl.errors import UserError
from jaxrl.game.arrays import Array, namespace
from jaxrl.game.rewards.checked import TERM, check_value, checked_value, mistake
from jaxrl.game.state import State, unpack
from jaxrl.plugins import named, where

Carry = Any  # a number, or a tuple, named tuple or dict of carries
Carries = Mapping[str, Carry]  # by term
MemoryFunction = Callable[[Any, State, State, Array], tuple[Any, Array]]


@dataclass(frozen=True, eq=False)
class MemoryTerm:
    """A reward term with memory, as `with_memory` makes it."""

    function: MemoryFunction  # (carry, state, next_state, actions) -> (carry, value [..., C])
    start: Carry  # of one car at the start of an episode; its numbers are float32 arrays, [] or [k]

    def __post_init__(self) -> None:
        """Take over the function's description; raises TypeError for a start that is not made of numbers."""
        if not _leaves(start := map_leaves(_number, self.start)):
            raise TypeError("the start of a memory must hold a number at least")
        described = {key: getattr(self.function, key, None) for key in ("__doc__", "__module__")}
        vars(self).update(start=start, __wrapped__=self.function, **described)

    @property
    def __name__(self) -> str:
        """The name of the function."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    def __call__(self, carry: Carry, state: State, next_state: State, actions: Array) -> tuple[Carry, Array]:
        """Call the function, for other terms to build upon."""
        return self.function(carry, state, next_state, actions)


def with_memory(start: Carry) -> Callable[[MemoryFunction], MemoryTerm]:
    """Make a term with memory of `f(carry, state, next_state, actions) -> (carry, value)`.

    `start` is what a car remembers at the start of an episode: a number, or a tuple, named tuple or dict of numbers.
    Raises TypeError for anything else.
    """
    return lambda function: MemoryTerm(function, start)


def map_leaves(function: Callable[..., Any], tree: Carry, *others: Carry) -> Carry:
    """The tree of `function(leaf, *leaves of the others)`; trees are as JAX has them, without needing it."""
    if isinstance(tree, dict):
        return {key: map_leaves(function, value, *(other[key] for other in others)) for key, value in tree.items()}
    if isinstance(tree, tuple):
        parts = [map_leaves(function, *each) for each in zip(tree, *others, strict=True)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    return function(tree, *others)


def begin(terms: Mapping[str, MemoryTerm], shape: tuple[int, ...]) -> dict[str, Carry]:
    """The carries at the start of episodes, `shape` being `[..., C]`: numpy arrays, float32."""
    return {name: _begin(term, shape) for name, term in terms.items()}


def restart(terms: Mapping[str, MemoryTerm], carries: Carries, ended: Array) -> dict[str, Carry]:
    """The carries with those of the episodes that `ended` `[...]` bool put back to their start."""
    xp = namespace(ended)

    def put_back(start: np.ndarray, leaf: Array) -> Array:
        return xp.where(ended.reshape(*ended.shape, *[1] * (leaf.ndim - ended.ndim)), start, leaf)

    return {name: map_leaves(put_back, term.start, carries[name]) for name, term in terms.items()}


def step(
    terms: Mapping[str, MemoryTerm], carries: Carries, state: State, next_state: State, actions: Array
) -> tuple[dict[str, Carry], dict[str, Array]]:
    """One decision: the carries after it, before `restart`, and the value of every term `[..., C]`.

    Raises UserError that names the term whose function fails or gives something else.
    """
    after, values = {}, {}
    for name, term in terms.items():
        with named(TERM, name, term):
            returned = term.function(carries[name], state, next_state, actions)
        after[name], values[name] = _checked(name, term, returned, actions.shape)
    return after, values


def run(
    terms: Mapping[str, Callable[..., Any]],
    states: np.ndarray,
    next_states: np.ndarray,
    actions: np.ndarray,
    done: np.ndarray,
    carry: Carries | None = None,
) -> tuple[dict[str, Carry], dict[str, np.ndarray]]:
    """Run terms of both kinds over decisions that follow one another, under numpy: `(carries, {name: [T, ..., C]})`.

    `states` and `next_states` `[T, ..., F]` float32 (the true last ones where an episode ended), `actions`
    `[T, ..., C]` int32, `done` `[T, ...]` bool: an episode ended with this decision. `carry` is what an earlier call
    returned; None begins episodes. Raises UserError that names the term whose function fails.
    """
    without, of_memory = split(terms)
    state, next_state = unpack(states), unpack(next_states)
    values = {name: checked_value(name, term, state, next_state, actions) for name, term in without.items()}
    history: dict[str, list[np.ndarray]] = {name: [] for name in of_memory}
    carries = begin(of_memory, actions.shape[1:]) if carry is None else dict(carry)
    for t in range(len(actions) if of_memory else 0):
        carries, found = step(of_memory, carries, unpack(states[t]), unpack(next_states[t]), actions[t])
        carries = restart(of_memory, carries, done[t])
        for name, value in found.items():
            history[name].append(value)
    values |= {name: np.array(found).reshape(actions.shape) for name, found in history.items()}
    return carries, {name: values[name] for name in terms}


def split(terms: Mapping[str, Callable[..., Any]]) -> tuple[dict[str, Callable[..., Any]], dict[str, MemoryTerm]]:
    """Terms without and with memory."""
    of_memory = {name: term for name, term in terms.items() if isinstance(term, MemoryTerm)}
    return {name: term for name, term in terms.items() if name not in of_memory}, of_memory


def _begin(term: MemoryTerm, shape: tuple[int, ...]) -> Carry:
    return map_leaves(lambda start: np.tile(start, (*shape, *[1] * start.ndim)), term.start)


def _checked(name: str, term: MemoryTerm, returned: Any, shape: tuple[int, ...]) -> tuple[Carry, Array]:
    """The carry in float32 and the value that a term returned for cars `shape` `[..., C]`; raises UserError."""

    def wrong(what: str) -> UserError:
        return UserError(f"reward term {name} ({where(term)}): must return (memory, value)" + what)

    if not isinstance(returned, tuple) or len(returned) != 2:
        raise wrong(f", not {type(returned).__name__}")
    carry, value = returned
    check_value(name, term, value, shape)
    if _structure(carry) != _structure(term.start):
        raise wrong(f", the memory in the form of its start, {_structure(term.start)}, not {_structure(carry)}")

    def in_float32(start: np.ndarray, leaf: Any) -> Array:
        if (found := mistake(leaf, (*shape, *start.shape))) is not None:
            raise wrong(f", every number of the memory in the shape {(*shape, *start.shape)}, not {found}")
        return leaf.astype(np.float32)

    return map_leaves(in_float32, term.start, carry), value


def _number(leaf: Any) -> np.ndarray:
    """A number of a start, or an array of them, as float32; raises TypeError."""
    number = np.asarray(leaf)
    if number.dtype.kind not in "biuf" or number.ndim > 1 or not np.isfinite(number).all() or not number.size:
        raise TypeError(
            "the start of a memory must be a number, or a tuple, named tuple or dict of numbers, "
            f"each finite or an array [k] of such: not {leaf!r}"
        )
    return number.astype(np.float32)


def _leaves(tree: Carry) -> list[Any]:
    found: list[Any] = []
    map_leaves(found.append, tree)
    return found


def _structure(tree: Carry) -> str:
    """The form of a carry in words: `(number, number)`; equal for trees that JAX takes for the same."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {_structure(tree[key])}" for key in sorted(tree)) + "}"
    if isinstance(tree, tuple):
        name = type(tree).__name__ if hasattr(tree, "_fields") else ""
        return f"{name}({', '.join(_structure(part) for part in tree)})"
    return "number"
