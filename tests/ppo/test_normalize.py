"""Streamed moments against numpy's moments of all the data at once."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.ppo import normalize


def test_streamed_moments_equal_those_of_all_data():
    """Batches of different sizes, means far from zero, leading axes [T, N, C]."""
    rng = np.random.default_rng(0)
    batches = [
        rng.normal(loc=[100, -3, 0], scale=[1, 10, 0.1], size=(t, n, 2, 3)).astype(np.float32)
        for t, n in [(1, 1), (50, 3), (7, 11)]
    ]
    stats = normalize.init((3,))
    for batch in batches:
        stats = jax.jit(normalize.update)(stats, batch, np.ones(batch.shape[:-1], np.float32))
    everything = np.concatenate([batch.reshape(-1, 3) for batch in batches]).astype(np.float64)
    assert float(stats.count) == len(everything)
    np.testing.assert_allclose(stats.mean, everything.mean(0), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(stats.var, everything.var(0), rtol=1e-3)


def test_scalar_statistics():
    """The shape of the return statistics: every entry of the batch is a sample."""
    data = np.random.default_rng(1).normal(5, 2, size=(10, 4, 2)).astype(np.float32)
    stats = normalize.update(normalize.init(()), jnp.asarray(data), jnp.ones(data.shape))
    assert float(stats.count) == 80
    assert float(stats.var) == pytest.approx(data.var(), rel=1e-4)


def test_without_data_nothing_changes():
    """The first rollout sees observations as they are."""
    x = jnp.array([0.5, -2.0])
    np.testing.assert_allclose(normalize.normalize(normalize.init((2,)), x, clip=10), x, rtol=1e-6)


def test_normalize_and_clip_by_hand():
    """Mean 3, standard deviation 2: 7 is two of them above, 100 is cut at five."""
    stats = normalize.RunningStats(jnp.float32(10), jnp.array([3.0]), jnp.array([4.0]))
    np.testing.assert_allclose(normalize.normalize(stats, jnp.array([[7.0], [100.0], [-100.0]]), 5), [[2], [5], [-5]])
    # rewards keep their zero: 6 / 2 = 3
    np.testing.assert_allclose(normalize.rescale(stats, jnp.array([6.0, 0.0]), 5), [3, 0], rtol=1e-6)
    np.testing.assert_allclose(normalize.unscale(stats, jnp.array([3.0, 0.0])), [6, 0], rtol=1e-6)


def test_constant_entries_do_not_explode():
    """An entry that never changes has variance 0; it must give zeros, not NaN or the clip range."""
    stats = normalize.update(normalize.init((1,)), jnp.full((100, 1), 3.0), jnp.ones(100))
    np.testing.assert_allclose(normalize.normalize(stats, jnp.full((1, 1), 3.0), 10), 0, atol=1e-3)
