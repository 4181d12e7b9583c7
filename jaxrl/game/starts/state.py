"""Where an episode starts: the type that start states return."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


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


StartFunction = Callable[[np.random.Generator, int], StartState | None]
