"""Which way a car points, as RocketSim counts yaw, pitch and roll (left-handed: right of +x is +y)."""

import numpy as np

from jaxrl.game.field import right_of


def axes(yaw_pitch_roll: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where nose, right side and roof point: unit vectors `[..., 3]` each, from angles `[..., 3]` in rad."""
    (sy, sp, sr), (cy, cp, cr) = np.moveaxis(np.sin(yaw_pitch_roll), -1, 0), np.moveaxis(np.cos(yaw_pitch_roll), -1, 0)
    forward = np.stack([cp * cy, cp * sy, sp], axis=-1)
    up = np.stack([-sp * cy * cr - sy * sr, -sp * sy * cr + cy * sr, cp * cr], axis=-1)
    return forward, right_of(forward, up), up


def angles(forward: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll `[..., 3]` in rad of cars whose noses point to `forward` and whose roofs to `up`."""
    yaw = np.arctan2(forward[..., 1], forward[..., 0])
    pitch = np.arcsin(np.clip(forward[..., 2], -1, 1))
    _, right, roof = axes(np.stack([yaw, pitch, np.zeros_like(yaw)], axis=-1))
    return np.stack([yaw, pitch, np.arctan2((up * right).sum(-1), (up * roof).sum(-1))], axis=-1)


def towards(direction: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll `[3]` in rad of a car that looks along `direction`, not rolled."""
    yaw, level = np.arctan2(direction[1], direction[0]), np.hypot(direction[0], direction[1])
    return np.array([yaw, np.arctan2(direction[2], level), 0.0])
