"""Sizes, shared trunk, LayerNorm, precision and first outputs of the network."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.config.schema import Network
from jaxrl.nets.actor_critic import ActorCritic


def build(**changes):
    settings = dict(shared=(), actor=(32, 16), critic=(8,), activation="relu", layer_norm=False) | changes
    network = ActorCritic(Network(**settings), num_actions=90)
    return network, network.init(jax.random.key(0), jnp.zeros((1, 107)))


def count(params):
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def test_sizes_by_hand():
    """Weights and biases of actor 107-32-16-90 and critic 107-8-1."""
    _, params = build()
    actor = 107 * 32 + 32 + 32 * 16 + 16 + 16 * 90 + 90
    critic = 107 * 8 + 8 + 8 + 1
    assert count(params) == actor + critic


def test_shared_trunk_and_layer_norm_by_hand():
    """A trunk 107-64 in front of both; LayerNorm adds a scale and a bias to every hidden unit."""
    _, params = build(shared=(64,))
    assert count(params) == (107 * 64 + 64) + (64 * 32 + 32 + 32 * 16 + 16 + 16 * 90 + 90) + (64 * 8 + 8 + 8 + 1)
    _, normed = build(layer_norm=True)
    assert count(normed) - count(build()[1]) == 2 * (32 + 16 + 8)


@pytest.mark.parametrize("shared", [(), (64,)])
def test_the_parts_equal_the_whole(shared):
    """`logits` and `value` alone are what the full call gives, and leading axes do not matter."""
    network, params = build(shared=shared)
    obs = jax.random.normal(jax.random.key(1), (5, 2, 107))
    logits, values = network.apply(params, obs)
    assert logits.shape == (5, 2, 90)
    assert values.shape == (5, 2)
    np.testing.assert_allclose(network.apply(params, obs, method="logits"), logits, atol=1e-6)
    np.testing.assert_allclose(network.apply(params, obs, method="value"), values, atol=1e-6)


def test_a_shared_trunk_learns_from_both_losses():
    """Separate networks do not feel each other's loss; a shared trunk does."""
    for shared, feels in [((), False), ((64,), True)]:
        network, params = build(shared=shared)
        obs = jax.random.normal(jax.random.key(1), (5, 107))
        gradient = jax.grad(lambda p, net=network, o=obs: net.apply(p, o, method="value").sum())(params)["params"]
        assert all(float(jnp.abs(leaf).max()) == 0 for leaf in jax.tree.leaves(gradient.get("actor", {})))
        assert ("trunk" in gradient and float(jnp.abs(gradient["trunk"]["Dense_0"]["kernel"]).max()) > 0) == feels


def test_first_policy_is_nearly_uniform():
    """The last layer starts small: no action is preferred before anything is learnt."""
    network, params = build()
    obs = jax.random.normal(jax.random.key(1), (100, 107))
    probabilities = jax.nn.softmax(network.apply(params, obs, method="logits"))
    assert float(jnp.abs(probabilities - 1 / 90).max()) < 0.002


def test_bfloat16_computes_in_bfloat16_and_answers_in_float32():
    """Close to float32 within bfloat16's 8 bits, and not the same."""
    network, params = build()
    half = ActorCritic(network.network, 90, jnp.bfloat16)
    obs = jax.random.normal(jax.random.key(1), (100, 107))
    full_logits, _ = network.apply(params, obs)
    logits, values = half.apply(params, obs)
    assert logits.dtype == values.dtype == jnp.float32
    difference = float(jnp.abs(logits - full_logits).max())
    assert 0 < difference < 0.02 * float(jnp.abs(full_logits).max()) + 1e-3


def test_the_names_of_parameters_in_every_checkpoint():
    """Orbax and policy.npz find arrays by these names: a change would orphan every older checkpoint."""
    _, params = build(shared=(64,), layer_norm=True)
    names = {"/".join(part.key for part in path[1:]) for path, _ in jax.tree.leaves_with_path(params)}
    hidden = {"trunk": 1, "actor": 2, "critic": 1}
    layers = [f"{part}/{kind}_{i}" for part, n in hidden.items() for i in range(n) for kind in ("Dense", "LayerNorm")]
    expected = {f"{layer}/{'kernel' if 'Dense' in layer else 'scale'}" for layer in layers}
    expected |= {f"{layer}/bias" for layer in layers}
    expected |= {f"{head}/{name}" for head in ("logits_head", "value_head") for name in ("kernel", "bias")}
    assert names == expected


def test_first_parameters_are_those_of_flax():
    """The same seed gives the parameters that Flax's own Dense would have, as in every earlier version."""

    class Flax(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.relu(nn.Dense(8, kernel_init=nn.initializers.orthogonal(2**0.5))(x))

    class Both(nn.Module):
        def setup(self):
            self.critic = Flax()
            self.value_head = nn.Dense(1, kernel_init=nn.initializers.orthogonal(1.0))

        def __call__(self, x):
            return self.value_head(self.critic(x))

    _, params = build()
    expected = Both().init(jax.random.key(0), jnp.zeros((1, 107)))["params"]
    for part in expected:
        jax.tree.map(np.testing.assert_array_equal, params["params"][part], expected[part])
