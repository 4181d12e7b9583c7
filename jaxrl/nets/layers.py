"""The arithmetic of layers, for any array namespace."""

from collections.abc import Callable
from types import ModuleType

import numpy as np

from jaxrl.game.state import Array

LAYER_NORM_EPSILON = 1e-6  # as in flax.linen.LayerNorm

ACTIVATIONS: dict[str, Callable[[ModuleType, Array], Array]] = {
    "relu": lambda xp, x: xp.maximum(x, 0),
    "tanh": lambda xp, x: xp.tanh(x),
    "silu": lambda xp, x: x / (1 + xp.exp(-x)),
    # the tanh form, which is Flax's default
    "gelu": lambda xp, x: 0.5 * x * (1 + xp.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))),
}
