"""Running mean and variance as a pytree: init, update, normalize.

Statistics of a batch are merged by the parallel formula of Chan, Golub and LeVeque (1979), so streamed moments equal
the moments of all data together.
"""

import jax
import jax.numpy as jnp
from flax import struct

from jaxrl.ppo import weighted

EPSILON = 1e-8


class RunningStats(struct.PyTreeNode):
    """Moments of everything merged so far."""

    count: jax.Array  # [] float32
    mean: jax.Array  # [...] float32
    var: jax.Array  # [...] float32, of the population


def init(shape: tuple[int, ...]) -> RunningStats:
    """No data yet: mean 0, variance 1, so that normalising changes nothing."""
    return RunningStats(jnp.zeros(()), jnp.zeros(shape), jnp.ones(shape))


def update(stats: RunningStats, batch: jax.Array, weights: jax.Array | None = None) -> RunningStats:
    """Merge samples `batch` `[*L, *stats.mean.shape]`, each as often as its entry of `weights` `[*L]` float32 says.

    Weights None mean once each.
    """
    lead = batch.ndim - stats.mean.ndim
    if weights is None:
        batch_count = jnp.float32(batch.size // max(stats.mean.size, 1))
        total = divisor = stats.count + batch_count
    else:
        batch_count = weights.sum()
        total = stats.count + batch_count
        divisor = jnp.where(total > 0, total, 1)
    batch_mean, batch_var = weighted.mean(batch, weights, lead), weighted.variance(batch, weights, lead)
    delta = batch_mean - stats.mean
    squares = stats.var * stats.count + batch_var * batch_count + delta**2 * (stats.count * batch_count / divisor)
    var = squares / divisor if weights is None else jnp.where(total > 0, squares / divisor, stats.var)
    return RunningStats(total, stats.mean + delta * (batch_count / divisor), var)


def normalize(stats: RunningStats, x: jax.Array, clip: float) -> jax.Array:
    """`x` in standard deviations from the mean, at most `clip` of them."""
    return jnp.clip((x - stats.mean) / jnp.sqrt(stats.var + EPSILON), -clip, clip)


def rescale(stats: RunningStats, x: jax.Array, clip: float) -> jax.Array:
    """`x` divided by the standard deviation without moving its zero, at most `clip`: for rewards."""
    return jnp.clip(x / jnp.sqrt(stats.var + EPSILON), -clip, clip)


def unscale(stats: RunningStats, x: jax.Array) -> jax.Array:
    """What `rescale` made `x` of, if it did not clip."""
    return x * jnp.sqrt(stats.var + EPSILON)
