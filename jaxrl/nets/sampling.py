"""Sampling actions from logits, without random state of its own."""

import numpy as np

from jaxrl.game.masks import mask
from jaxrl.game.state import Array, float32_product, namespace


def sample(logits: Array, uniforms: Array, allowed: Array | None = None) -> Array:
    """Draw actions `[...]` int32 from `logits` `[..., A]`, by the inverse of the cumulative distribution.

    Where `allowed` `[..., A]` bool is given, from these alone. `uniforms` `[...]` in [0, 1), one a car, are drawn
    on the host: sampling has no random state of its own.
    """
    num_actions, logits = logits.shape[-1], mask(logits, allowed)
    weights = namespace(logits).exp(logits - logits.max(-1, keepdims=True))
    # A product with a triangle of ones: on a CPU XLA's cumsum costs as much as the network
    cumulative = float32_product(weights, np.triu(np.ones((num_actions, num_actions), np.float32)))
    below = cumulative <= (uniforms * cumulative[..., -1])[..., None]
    if allowed is not None:  # rounding must not lead to a masked one: the first allowed one that is not below
        return (allowed.astype(np.int32) * (1 + (~below).astype(np.int32))).argmax(-1).astype(np.int32)
    return below.sum(-1).clip(0, num_actions - 1).astype(np.int32)
