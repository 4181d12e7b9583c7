"""The arithmetic of the network, once: for JAX (training), numpy (a bot) and the tracer of deploy/onnx (a model file).

A layer is a function of its parameters, a mapping from names to arrays, and its input. Parameters come in a tree of
such mappings with the names that `actor_critic.py` gives them in Flax; `bots/policy.py` reads the same tree from a
file. A new kind of layer is one function here,

    def attention(params: Params, x: Array) -> Array: ...

in `actor_critic.py` a module that declares what `params` holds, as `Dense` and `LayerNorm` do there, its use in `mlp`
or there, and a key in `config/schema.py` if people are to choose it. Whatever the
function calls beyond operators must be in all three namespaces: see the methods of `deploy.onnx.tracer.Graph`.
"""

from collections.abc import Callable, Mapping
from operator import matmul
from typing import Any

import numpy as np

from jaxrl.game.arrays import Array, namespace

Params = Mapping[str, Any]  # arrays by name, or mappings of them
Product = Callable[[Array, Array], Array]  # [..., D] times [D, H]: [..., H]

LAYER_NORM_EPSILON = 1e-6  # as in flax.linen.LayerNorm


def dense(params: Params, x: Array, product: Product = matmul) -> Array:
    """Linear layer `[..., D]` -> `[..., H]`; `kernel` `[D, H]`, `bias` `[H]`."""
    return product(x, params["kernel"]) + params["bias"]


def layer_norm(params: Params, x: Array) -> Array:
    """Zero mean and unit variance over the last axis of `[..., H]`, then `scale` and `bias` `[H]` (Ba et al. 2016).

    Computes in float32 and returns the dtype of `x`.
    """
    return (normalized(x, LAYER_NORM_EPSILON) * params["scale"] + params["bias"]).astype(x.dtype)


def normalized(x: Array, epsilon: float) -> Array:
    """Zero mean and unit variance over the last axis of `[..., H]`, float32."""
    wide = x.astype(np.float32)
    centered = wide - wide.mean(-1, keepdims=True)
    variance = (centered * centered).mean(-1, keepdims=True)
    return centered / (variance + epsilon) ** 0.5


def mlp(params: Params, x: Array, num_layers: int, activation: str, norm: bool, product: Product = matmul) -> Array:
    """Hidden layers `[..., D]` -> `[..., H]`: dense, LayerNorm if `norm`, activation; without layers x as it is."""
    for i in range(num_layers):
        x = dense(params[f"Dense_{i}"], x, product)
        if norm:
            x = layer_norm(params[f"LayerNorm_{i}"], x)
        x = activate(activation, x)
    return x


def activate(name: str, x: Array) -> Array:
    """Apply one of ACTIVATIONS to every number."""
    return ACTIVATIONS[name](namespace(x), x)


# Forms that neither overflow nor give NaN in the gradient, and let NaN through: it must be seen, not hidden.
ACTIVATIONS: dict[str, Callable[[Any, Array], Array]] = {
    "relu": lambda xp, x: xp.where(x <= 0, xp.asarray(0, x.dtype), x),  # its gradient at 0 is 0
    "tanh": lambda xp, x: xp.tanh(x),
    "silu": lambda xp, x: x * (0.5 * (1 + xp.tanh(0.5 * x))),
    # the tanh form of Hendrycks and Gimpel 2016, which is Flax's default
    "gelu": lambda xp, x: x * (0.5 * (1 + xp.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * (x * x * x))))),
}
