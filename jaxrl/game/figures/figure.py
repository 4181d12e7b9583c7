"""What a figure is: a number that says how a car plays, whatever it is rewarded for."""

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Literal

from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.figures.block import Block
from jaxrl.game.state import Array

OfCars = Callable[[Block], Array]  # -> [T, N, C] float32
Kind = Literal["mean", "rate", "highest"]


def always(block: Block) -> Array:
    """Every decision."""
    return block.xp.ones_like(block.next_state.boost)


def while_present(block: Block) -> Array:
    """Every decision in which the car was not demolished."""
    return block.present


@dataclass(frozen=True)
class Figure:
    """The mean of `value` over what `over` counts, or the highest of them; a rate is a mean over time.

    A figure of which `over` counts nothing has no value.
    """

    name: str
    group: str  # of its tags
    unit: str
    meaning: str
    value: OfCars
    over: OfCars
    kind: Kind = "mean"

    def scale(self, tick_skip: int) -> float:
        """What the mean over decisions of `tick_skip` ticks is multiplied with."""
        return 60 * TICKS_PER_SECOND / tick_skip if self.kind == "rate" else 1.0


Definition = Callable[[FunctionType], Figure]


def a_minute(group: str) -> Definition:
    """Make a rate of a function that counts events (or amounts): so many per car and minute of game."""
    return lambda count: _figure(count, group, "a minute", count, always, "rate")


def share(group: str) -> Definition:
    """Make a share of the time of a function that says 1 or 0."""
    return lambda flag: _figure(flag, group, "of the time", flag, while_present)


def over_time(group: str, unit: str) -> Definition:
    """Make a mean over the time in which a car is not demolished."""
    return lambda value: _figure(value, group, unit, value, while_present)


def mean(group: str, unit: str, over: OfCars) -> Definition:
    """Make a mean over the events that `over` counts."""
    return lambda value: _figure(value, group, unit, value, over)


def highest(group: str, unit: str, over: OfCars) -> Definition:
    """Make the highest value at the events that `over` counts."""
    return lambda value: _figure(value, group, unit, value, over, "highest")


def _figure(function: FunctionType, group: str, unit: str, value: OfCars, over: OfCars, kind: Kind = "mean") -> Figure:
    """The figure that a function defines by its name and the first line of its docstring."""
    meaning = (function.__doc__ or "").strip().splitlines()[0].rstrip(".")
    return Figure(function.__name__, group, unit, meaning, value, over, kind)
