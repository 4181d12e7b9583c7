"""The arithmetic of layers against Flax's own, and where it must not fail: large numbers, NaN, the kink of relu."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.nets.layers import ACTIVATIONS, activate, dense, layer_norm, mlp

FLAX = {"relu": nn.relu, "tanh": jnp.tanh, "silu": nn.silu, "gelu": nn.gelu}
NUMBERS = np.concatenate([np.linspace(-6, 6, 601), [-1e4, -100, 0, 100, 1e4]]).astype(np.float32)


@pytest.fixture(autouse=True)
def optimized(pytestconfig):
    """Programs as users have them: JAX 0.7 computes exp and tanh less closely without optimization."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", pytestconfig.option.markexpr == "not slow")


def test_all_activations_have_a_peer():
    assert set(FLAX) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", FLAX)
@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
def test_an_activation_is_flax_s(name, xp):
    found = activate(name, xp.asarray(NUMBERS))
    assert found.dtype == np.float32
    assert activate(name, jnp.asarray(NUMBERS, jnp.bfloat16)).dtype == jnp.bfloat16
    np.testing.assert_allclose(found, FLAX[name](NUMBERS), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", FLAX)
def test_its_gradient_is_flax_s_also_far_out_and_at_zero(name):
    found = jax.vmap(jax.grad(lambda x: activate(name, x)))(NUMBERS)
    np.testing.assert_allclose(found, jax.vmap(jax.grad(FLAX[name]))(NUMBERS), atol=5e-6)


@pytest.mark.parametrize("name", FLAX)
def test_nan_is_not_hidden(name):
    assert np.isnan(activate(name, np.array([np.nan], np.float32))).all()
    assert jnp.isnan(activate(name, jnp.array([jnp.nan]))).all()


def test_dense_by_hand():
    """[1, 2] @ [[1, 0, 2], [3, 1, 0]] = [7, 2, 2], plus the bias."""
    params = {"kernel": np.float32([[1, 0, 2], [3, 1, 0]]), "bias": np.float32([10, 20, 30])}
    np.testing.assert_array_equal(dense(params, np.float32([[1, 2]])), [[17, 22, 32]])


def test_layer_norm_by_hand():
    """Mean 2 and variance 1 of [1, 3]: -1 and 1, times [2, 3], plus [10, 20]."""
    params = {"scale": np.float32([2, 3]), "bias": np.float32([10, 20])}
    np.testing.assert_allclose(layer_norm(params, np.float32([[1, 3]])), [[8, 23]], rtol=1e-5)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize("norm", [False, True])
def test_layers_are_flax_s(norm, dtype):
    """Bit for bit in dense; LayerNorm finds the variance in another way, so it may round differently."""
    x = jax.random.normal(jax.random.key(1), (5, 2, 32)).astype(dtype) + 3
    flax_layer = nn.LayerNorm(dtype=dtype) if norm else nn.Dense(16, dtype=dtype)
    with jax.numpy_dtype_promotion("standard"):  # Flax promotes by itself
        params = jax.tree.map(lambda leaf: leaf + 0.3, flax_layer.init(jax.random.key(0), x))
        expected = jax.jit(flax_layer.apply)(params, x)
    own = params["params"] if norm else jax.tree.map(lambda leaf: leaf.astype(dtype), params["params"])
    found = jax.jit(layer_norm if norm else dense)(own, x)
    assert found.dtype == expected.dtype == dtype
    tolerance = 0 if not norm else 1e-4 if dtype == jnp.float32 else 2**-6
    np.testing.assert_allclose(np.float32(found), np.float32(expected), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("norm", [False, True])
def test_numpy_and_jax_agree(norm):
    rng = np.random.default_rng(0)
    params = {"kernel": rng.normal(size=(7, 4)), "bias": rng.normal(size=4)}
    params = {"scale": rng.normal(size=7), "bias": rng.normal(size=7)} if norm else params
    params, layer = jax.tree.map(np.float32, params), layer_norm if norm else dense
    x = rng.normal(3, 2, (5, 2, 7)).astype(np.float32)
    found = layer(params, x)
    assert (type(found), found.dtype) == (np.ndarray, np.float32)
    np.testing.assert_allclose(found, layer(jax.tree.map(jnp.asarray, params), jnp.asarray(x)), rtol=1e-5, atol=1e-5)


def test_an_mlp_is_its_layers_in_turn():
    rng = np.random.default_rng(0)
    params = {f"Dense_{i}": {"kernel": rng.normal(size=(8, 8)), "bias": rng.normal(size=8)} for i in range(2)}
    params |= {f"LayerNorm_{i}": {"scale": rng.normal(size=8), "bias": rng.normal(size=8)} for i in range(2)}
    params = jax.tree.map(np.float32, params)
    x = expected = rng.normal(size=(5, 8)).astype(np.float32)
    for i in range(2):
        expected = np.tanh(layer_norm(params[f"LayerNorm_{i}"], dense(params[f"Dense_{i}"], expected)))
    np.testing.assert_array_equal(mlp(params, x, 2, "tanh", norm=True), expected)
    assert mlp({}, x, 0, "tanh", norm=True) is x
