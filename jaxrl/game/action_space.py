"""The actions that a network chooses from: the standard table, or one of the user's own.

    # my_actions.py
    def table():
        return [[throttle, steer, 0, steer, 0, 0, 0, 0] for throttle in (0, 1) for steer in (-1, -0.5, 0, 0.5, 1)]

A network's output k is row k of its table. In the world, which bots with other tables share, an action has the number
that these controls have in `jaxrl.game.actions.EVERY_ACTION`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from jaxrl.errors import UserError
from jaxrl.game.actions import ACTION_TABLE, CONTROL_SIGNS, CONTROLS, EVERY_ACTION, NUM_ACTIONS, number_of
from jaxrl.game.arrays import Array, namespace
from jaxrl.plugins import import_function, named

MAX_ACTIONS = 1000  # a matrix of as many rows and columns draws one of them


@dataclass(frozen=True, eq=False)
class ActionSpace:
    """K actions, in the order of the network's outputs."""

    table: np.ndarray  # [K, 8] float32, columns as `CONTROLS`

    @property
    def size(self) -> int:
        """K."""
        return len(self.table)

    @cached_property
    def numbers(self) -> np.ndarray:
        """`[K]` int32: the actions as the world numbers them."""
        return number_of(self.table)

    @cached_property
    def is_standard(self) -> bool:
        """Whether it is the standard table, whose numbers are those of the world."""
        return np.array_equal(self.table, ACTION_TABLE)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ActionSpace) and np.array_equal(self.table, other.table)

    def __hash__(self) -> int:
        return hash(self.table.tobytes())

    @cached_property
    def _outputs(self) -> np.ndarray:
        outputs = np.zeros(len(EVERY_ACTION), np.int32)
        outputs[self.numbers] = np.arange(self.size)
        return outputs

    @property
    def world(self) -> np.ndarray:
        """`[W, 8]`: the first rows of `EVERY_ACTION`, as many as numbers of these actions need."""
        return ACTION_TABLE if self.numbers.max() < NUM_ACTIONS else EVERY_ACTION

    def to_world(self, actions: Array) -> Array:
        """Outputs `[...]` int32 as the world numbers them."""
        return actions if self.is_standard else namespace(actions).asarray(self.numbers)[actions]

    def from_world(self, actions: Array) -> Array:
        """Numbers of the world `[...]` int32 that are in this table, as outputs."""
        return actions if self.is_standard else namespace(actions).asarray(self._outputs)[actions]


STANDARD_ACTIONS = ActionSpace(ACTION_TABLE)


def own_actions(path: str, mirror: bool) -> ActionSpace:
    """The table that the user's function `package.module:function` returns, `[K, 8]`.

    With `mirror`, every action's mirror image must be in it. Raises UserError, in one line, for whatever is wrong.
    """
    function = import_function(path)
    with named("game.action_table", path, function):
        table = function()
    if (wrong := mistake(table, mirror)) is not None:
        raise UserError(f"game.action_table {path}: {wrong}")
    return ActionSpace(np.asarray(table, np.float32))


def mistake(table: Any, mirror: bool) -> str | None:
    """What is wrong with a table of actions; None if nothing is."""
    try:
        table = np.asarray(table, np.float32)
    except (ValueError, TypeError):
        return f"must return a table of numbers, [K, {len(CONTROLS)}]"
    if table.ndim != 2 or table.shape[1] != len(CONTROLS) or not 2 <= len(table) <= MAX_ACTIONS:
        wanted = f"[K, {len(CONTROLS)}] with K from 2 to {MAX_ACTIONS} ({', '.join(CONTROLS)})"
        return f"must return a table {wanted}, not {list(table.shape)}"
    for k, row in enumerate(table):
        try:
            number_of(row)
        except ValueError as error:
            return f"row {k} is {row.tolist()}: {error}"
    numbers = number_of(table).tolist()
    for k, number in enumerate(numbers):
        if (first := numbers.index(number)) < k:
            return f"row {k} is the same as row {first}"
    if mirror:
        images = number_of(table * np.array([*CONTROL_SIGNS.values()], np.float32)).tolist()
        for k, image in enumerate(images):
            if image not in numbers:
                return (
                    f"row {k} is {table[k].tolist()}, but its mirror image {EVERY_ACTION[image].tolist()} is missing: "
                    "add it, or set observation.mirror: false"
                )
    return None
