"""The arithmetic of layers against Flax's own, and where it must not fail: large numbers, NaN, the kink of relu."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.nets.layers import ACTIVATIONS, activate, dense, layer_norm

FLAX = {"relu": nn.relu, "tanh": jnp.tanh, "silu": nn.silu, "gelu": nn.gelu}
NUMBERS = np.concatenate([np.linspace(-6, 6, 601), [-1e4, -100, 0, 100, 1e4]]).astype(np.float32)


def test_all_activations_have_a_peer():
    assert set(FLAX) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", FLAX)
@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
def test_an_activation_is_flax_s(name, xp):
    found = activate(name, xp.asarray(NUMBERS))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, FLAX[name](NUMBERS), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", FLAX)
def test_its_gradient_is_flax_s_also_far_out_and_at_zero(name):
    found = jax.vmap(jax.grad(lambda x: activate(name, x)))(NUMBERS)
    np.testing.assert_allclose(found, jax.vmap(jax.grad(FLAX[name]))(NUMBERS), atol=5e-6)


@pytest.mark.parametrize("name", FLAX)
def test_nan_is_not_hidden(name):
    assert np.isnan(activate(name, np.array([np.nan], np.float32))).all()
    assert jnp.isnan(activate(name, jnp.array([jnp.nan]))).all()


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
def test_dense_and_layer_norm_are_flax_s(xp):
    rng = np.random.default_rng(0)
    x, kernel, bias = (rng.normal(3, 2, shape).astype(np.float32) for shape in ((5, 2, 7), (7, 4), (4,)))
    expected = nn.Dense(4).apply({"params": {"kernel": kernel, "bias": bias}}, x)
    np.testing.assert_allclose(dense(*map(xp.asarray, (x, kernel, bias))), expected, rtol=1e-5, atol=1e-5)
    scale, shift = rng.normal(size=(2, 7)).astype(np.float32)
    expected = nn.LayerNorm().apply({"params": {"scale": scale, "bias": shift}}, x)
    np.testing.assert_allclose(layer_norm(*map(xp.asarray, (x, scale, shift))), expected, rtol=1e-4, atol=1e-5)
