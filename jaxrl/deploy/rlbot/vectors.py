"""RLBot's vectors and rotations as arrays."""

from typing import Any

import numpy as np


def vector(value: Any) -> np.ndarray:
    """Convert a vector of RLBot to `[3]`."""
    return np.array([value.x, value.y, value.z])


def axes(rotation: Any) -> tuple[np.ndarray, np.ndarray]:
    """Forward and up, `[3]` each, of a rotation by pitch, yaw and roll in rad (Unreal's convention)."""
    (sp, sy, sr), (cp, cy, cr) = (f([rotation.pitch, rotation.yaw, rotation.roll]) for f in (np.sin, np.cos))
    forward = np.array([cp * cy, cp * sy, sp])
    up = np.array([-cr * cy * sp - sr * sy, -cr * sy * sp + sr * cy, cp * cr])
    return forward, up
