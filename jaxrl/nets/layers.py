"""The arithmetic of layers, written once for every array namespace: numpy, jax.numpy, and the tracer that writes ONNX.

Training (`jaxrl.nets.actor_critic`), bots (`jaxrl.bots.policy`) and the ONNX export call these functions. A new kind
of layer is a function here and, for training, a Flax module in `actor_critic` that declares its parameters.
"""

from collections.abc import Callable
from types import ModuleType

import numpy as np

from jaxrl.game.arrays import Array, namespace

LAYER_NORM_EPSILON = 1e-6  # as in flax.linen.LayerNorm


def dense(x: Array, kernel: Array, bias: Array) -> Array:
    """`[..., D]` by `[D, H]` plus `[H]`: `[..., H]`."""
    return x @ kernel + bias


def layer_norm(x: Array, scale: Array, bias: Array) -> Array:
    """Zero mean and unit variance over the last axis of `[..., H]`, then scaled and shifted (Ba et al. 2016)."""
    centered = x - x.mean(-1, keepdims=True)
    variance = (centered * centered).mean(-1, keepdims=True)
    return centered / (variance + LAYER_NORM_EPSILON) ** 0.5 * scale + bias


# Forms that neither overflow nor give NaN in the gradient, and let NaN through: it must be seen, not hidden.
ACTIVATIONS: dict[str, Callable[[ModuleType, Array], Array]] = {
    "relu": lambda xp, x: xp.where(x <= 0, 0, x),  # its gradient at 0 is 0
    "tanh": lambda xp, x: xp.tanh(x),
    "silu": lambda xp, x: x * (0.5 * (1 + xp.tanh(0.5 * x))),
    # the tanh form of Hendrycks and Gimpel 2016, which is Flax's default
    "gelu": lambda xp, x: x * (0.5 * (1 + xp.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * (x * x * x))))),
}


def activate(name: str, x: Array) -> Array:
    """One of ACTIVATIONS, number by number."""
    return ACTIVATIONS[name](namespace(x), x)
