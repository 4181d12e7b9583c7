"""Sampling actions from logits, without random state of its own."""

import numpy as np

from jaxrl.game.state import Array, float32_product, namespace


def sample(logits: Array, uniforms: Array) -> Array:
    """Draw actions `[...]` int32 from `logits` `[..., A]`, by the inverse of the cumulative distribution.

    `uniforms` `[...]` in [0, 1), one number a car, are drawn on the host: sampling has no random state of its own.
    """
    num_actions = logits.shape[-1]
    weights = namespace(logits).exp(logits - logits.max(-1, keepdims=True))
    # A product with a triangle of ones: on a CPU XLA's cumsum costs as much as the network
    cumulative = float32_product(weights, np.triu(np.ones((num_actions, num_actions), np.float32)))
    below = cumulative <= (uniforms * cumulative[..., -1])[..., None]
    return below.sum(-1).clip(0, num_actions - 1).astype(np.int32)
