"""Which fields of a state a function reads, found by calling it: an engine need not fill what nobody reads."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from jaxrl.game.figures.block import Block
from jaxrl.game.figures.figure import Figure
from jaxrl.game.layout import LAYOUT
from jaxrl.game.rewards.memory import MemoryTerm, begin
from jaxrl.game.state import Array, State

NAMES = frozenset(State._fields)


def fields_read(functions: Iterable[Callable[..., Any]], num_cars: int, lead: tuple[int, ...] = ()) -> frozenset[str]:
    """Fields that reward terms read in a state of `num_cars` cars; all of them where that cannot be told.

    `functions` are called with (state, next_state, actions) of leading shape `lead`, terms with memory with their carry
    before these.

    What a term reads must not depend on the numbers, as under `jax.jit`.
    """
    read: set[str] = set()

    class Watched(State):
        """A state that notes what is read of it."""

        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            if name in NAMES:
                read.add(name)
            elif not name.startswith("__"):
                read.update(NAMES)  # _asdict, _replace and the like
            return super().__getattribute__(name)

        def __iter__(self) -> Any:
            read.update(NAMES)
            return super().__iter__()

        def __getitem__(self, key: Any) -> Any:
            read.update(NAMES)
            return super().__getitem__(key)

    values = LAYOUT.unpack(np.zeros((*lead, LAYOUT.row_size(num_cars)), np.float32))
    watched = Watched(*values)
    for function in functions:
        carry = [begin({"": function}, (num_cars,))[""]] if isinstance(function, MemoryTerm) else []
        try:
            function(*carry, watched, watched, np.zeros((*lead, num_cars), np.int32))
        except KeyboardInterrupt:
            raise
        except BaseException:  # its mistakes are told where it is used
            return NAMES
    return frozenset(read)


def fields_of_figures(figures: Iterable[Figure], num_cars: int) -> frozenset[str]:
    """Fields that figures read in states of `num_cars` cars."""

    def measured(figure: Figure) -> Callable[..., Any]:
        def call(state: State, next_state: State, actions: Array) -> None:
            block = Block(state, next_state, actions, np.zeros((1, 1), np.bool_), tick_skip=1)
            figure.value(block)
            figure.over(block)

        return call

    return fields_read(map(measured, figures), num_cars, lead=(1, 1))
