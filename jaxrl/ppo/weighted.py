"""Weighted moments: every mean over transitions goes through here, so that weight 0 takes a transition out of it.

Weights None mean that every transition counts. That is a path of its own, and not weights that happen to be 1: a
multiplication in the way of others changes their last bits (the compiler contracts fewer of them into one), and it is
not free. So a run that leaves nothing out pays nothing.
"""

import jax
import jax.numpy as jnp


def zero_unweighted(values: jax.Array, weights: jax.Array | None) -> jax.Array:
    """Values `[*L, ...]` with 0 where weights `[*L]` are 0, whatever stood there: NaN x 0 would still be NaN."""
    if weights is None:
        return values
    return jnp.where(_spread(weights, values.ndim) > 0, values, jnp.zeros((), values.dtype))


def mean(values: jax.Array, weights: jax.Array | None, lead: int | None = None) -> jax.Array:
    """Weighted mean over the first `lead` axes (default: all), `[*L, ...]` -> `[...]` float32; 0 if all weights are.

    Weights `[*L]` float32, or None for all 1.
    """
    axes = tuple(range(values.ndim if lead is None else lead))
    if weights is None:
        return values.mean(axes)
    total = weights.sum()
    kept = zero_unweighted(values, weights).astype(jnp.float32) * _spread(weights, values.ndim)
    return kept.sum(axes) / jnp.where(total > 0, total, 1)


def variance(values: jax.Array, weights: jax.Array | None, lead: int | None = None) -> jax.Array:
    """Weighted variance of the population, with the arguments of `mean`."""
    if weights is None:
        return values.var(tuple(range(values.ndim if lead is None else lead)))
    return mean(jnp.square(values - mean(values, weights, lead)), weights, lead)


def _spread(weights: jax.Array, ndim: int) -> jax.Array:
    """Weights `[*L]` with axes of length 1 behind them, `ndim` in all."""
    return weights.reshape(weights.shape + (1,) * (ndim - weights.ndim))
