"""A stretch of play as the figures see it."""

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy as np

from jaxrl.game import events
from jaxrl.game.actions import CONTROLS, EVERY_ACTION
from jaxrl.game.arrays import length
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.rewards.basic import goals_by_car
from jaxrl.game.rewards.touches import touch
from jaxrl.game.state import Array, State, namespace, team_signs

PRESSED = {name: EVERY_ACTION[:, column] for column, name in enumerate(CONTROLS)}  # by the number of an action


@dataclass(frozen=True)
class Block:
    """T decisions of N arenas with C cars; everything that several figures need is computed once.

    `next_state` holds the true last states where episodes ended.
    """

    state: State  # [T, N, ...]
    next_state: State  # [T, N, ...]
    actions: Array  # [T, N, C] int32
    done: Array  # [T, N] bool: an episode ended
    tick_skip: int

    @property
    def xp(self) -> ModuleType:
        """The namespace of the arrays, numpy or `jax.numpy`."""
        return namespace(self.next_state.boost)

    @cached_property
    def present(self) -> Array:
        """`[T, N, C]`: 1 where a car is not demolished."""
        return 1 - self.next_state.demoed

    @cached_property
    def touch(self) -> Array:
        """`[T, N, C]`: 1 where a car touched the ball after at least half a second without contact."""
        return touch(self.state, self.next_state, self.actions)

    @cached_property
    def speed(self) -> Array:
        """`[T, N, C]` uu/s: of the cars at the end of the decisions."""
        return length(self.next_state.velocity)

    @cached_property
    def flip(self) -> Array:
        """`[T, N, C]`: 1 where a flip began."""
        return self.number(events.flip_began(self.state, self.next_state))

    @cached_property
    def goals(self) -> Array:
        """`[T, N, C, 2]`: goals of, and against, the team of each car."""
        return goals_by_car(self.state, self.next_state)

    @cached_property
    def signs(self) -> np.ndarray:
        """`[C]`: along y, where each car attacks."""
        return team_signs(self.next_state.boost.shape[-1])

    def pressed(self, control: str) -> Array:
        """`[T, N, C]`: how the chosen actions set a control."""
        return self.xp.asarray(PRESSED[control])[self.actions]

    def gained(self, field: str) -> Array:
        """`[T, N, C]`: by how much a count of the cars grew."""
        return getattr(self.next_state, field) - getattr(self.state, field)

    def number(self, condition: Array) -> Array:
        """1 or 0 float32 for true or false."""
        return condition.astype(np.float32)

    def of_arena(self, values: Array) -> Array:
        """Values `[T, N]` of arenas for every car: `[T, N, C]`."""
        return self.xp.broadcast_to(values[..., None], self.next_state.boost.shape)

    def later(self, values: Array, seconds: float) -> tuple[Array, Array]:
        """Values `[T, N]` of next states as they are `seconds` after each decision, or when its episode ends if sooner.

        The second array `[T, N]` is 1 where the block reaches that far.
        """
        xp, (length, _) = self.xp, values.shape
        steps = decisions(seconds, self.tick_skip)
        number = xp.arange(length, dtype=np.int32)[:, None]
        # the first decision that ends an episode from each one on, as far ahead as needed
        end, reach = xp.where(self.done, number, np.int32(length)), 1
        while reach <= steps:
            missing = xp.full((min(reach, length), end.shape[1]), length, dtype=np.int32)
            end = xp.minimum(end, xp.concatenate([end[reach:], missing]))
            reach *= 2
        target = xp.minimum(number + steps, end)
        found = xp.take_along_axis(values, xp.minimum(target, length - 1), axis=0)
        return found, self.number(target < length)


def decisions(seconds: float, tick_skip: int) -> int:
    """How many decisions of `tick_skip` ticks take `seconds`, at least one."""
    return max(1, round(seconds * TICKS_PER_SECOND / tick_skip))
