"""Where an episode starts: the type that start states return."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

FLIP_SECONDS = 1.25  # after a jump, as long as a flip or a double jump is possible in the air
RESPAWN_TICKS = 360  # from a demolition to the respawn


class StartState(NamedTuple):
    """Poses and speeds of everything; C cars, blue first. World frame, float arrays."""

    ball_position: np.ndarray  # [3] uu
    ball_velocity: np.ndarray  # [3] uu/s; a ball in the air with exactly zero velocity would float until hit
    ball_angular_velocity: np.ndarray  # [3] rad/s
    position: np.ndarray  # [C, 3] uu
    yaw_pitch_roll: np.ndarray  # [C, 3] rad
    velocity: np.ndarray  # [C, 3] uu/s
    angular_velocity: np.ndarray  # [C, 3] rad/s
    boost: np.ndarray  # [C] 0-100
    # may be left out: cars in the air keep their flip until they land, and none is demolished
    flip_seconds: np.ndarray | None = None  # [C] s for which a car in the air can flip, 0: not, inf: until it lands
    respawn_ticks: np.ndarray | None = None  # [C] ticks, 1 to 359, until a demolished car respawns, 0: not demolished

    def flips_left(self) -> np.ndarray:
        """`[C]` seconds: `flip_seconds`, also where it is left out."""
        return np.full(len(self.boost), np.inf) if self.flip_seconds is None else self.flip_seconds

    def ticks_demolished(self) -> np.ndarray:
        """`[C]` ticks: `respawn_ticks`, also where it is left out."""
        return np.zeros(len(self.boost)) if self.respawn_ticks is None else self.respawn_ticks


REQUIRED = tuple(name for name in StartState._fields if name not in StartState._field_defaults)

StartFunction = Callable[[np.random.Generator, int], StartState | None]


def as_start_state(start: Any) -> StartState:
    """A `StartState` of arrays, from whatever has its fields."""
    required = StartState(*(np.asarray(getattr(start, name)) for name in REQUIRED))
    later = {name: getattr(start, name, None) for name in StartState._field_defaults}
    return required._replace(**{name: np.asarray(value) for name, value in later.items() if value is not None})
