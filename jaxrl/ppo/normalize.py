"""Running mean and variance as a pytree: init, update, normalize.

Statistics of a batch are merged by the parallel formula of Chan, Golub and LeVeque (1979), so streamed moments equal
the moments of all data together.
"""

import jax
import jax.numpy as jnp
from flax import struct

EPSILON = 1e-8


@struct.dataclass
class RunningStats:
    """Moments of everything merged so far."""

    count: jax.Array  # [] float32
    mean: jax.Array  # [...] float32
    var: jax.Array  # [...] float32, of the population


def init(shape: tuple[int, ...]) -> RunningStats:
    """No data yet: mean 0, variance 1, so that normalising changes nothing."""
    return RunningStats(jnp.zeros(()), jnp.zeros(shape), jnp.ones(shape))


def update(stats: RunningStats, batch: jax.Array) -> RunningStats:
    """Merges `batch` `[..., *stats.mean.shape]`, whose leading axes all count as samples."""
    axes = tuple(range(batch.ndim - stats.mean.ndim))
    batch_count = jnp.float32(batch.size // max(stats.mean.size, 1))
    batch_mean, batch_var = batch.mean(axes), batch.var(axes)
    total = stats.count + batch_count
    delta = batch_mean - stats.mean
    squares = stats.var * stats.count + batch_var * batch_count + delta**2 * (stats.count * batch_count / total)
    return RunningStats(total, stats.mean + delta * (batch_count / total), squares / total)


def normalize(stats: RunningStats, x: jax.Array, clip: float) -> jax.Array:
    """`x` in standard deviations from the mean, at most `clip` of them."""
    return jnp.clip((x - stats.mean) / jnp.sqrt(stats.var + EPSILON), -clip, clip)


def rescale(stats: RunningStats, x: jax.Array, clip: float) -> jax.Array:
    """`x` divided by the standard deviation without moving its zero, at most `clip`: for rewards."""
    return jnp.clip(x / jnp.sqrt(stats.var + EPSILON), -clip, clip)
