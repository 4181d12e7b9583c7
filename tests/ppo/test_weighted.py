"""Weight 0 takes a transition out of everything that an update learns, counts and reports."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.updates import WEIGHTS, make_ppo, make_rollout

from jaxrl.game.state import unpack
from jaxrl.ppo import weighted


@pytest.mark.parametrize("shape", [(6, 4), (6, 4, 3)])
def test_moments_are_numpy_s(shape):
    rng = np.random.default_rng(0)
    values, weights = rng.normal(3, 2, shape).astype(np.float32), rng.uniform(0, 2, (6, 4)).astype(np.float32)
    weights[2] = 0
    expected = np.average(values.reshape(24, -1), axis=0, weights=weights.ravel())
    spread = np.average((values.reshape(24, -1) - expected) ** 2, axis=0, weights=weights.ravel())
    poisoned = values.copy()
    poisoned[2] = np.nan
    found = weighted.mean(jnp.asarray(poisoned), weights, 2), weighted.variance(jnp.asarray(poisoned), weights, 2)
    np.testing.assert_allclose(np.reshape(found[0], -1), expected, rtol=1e-5)
    np.testing.assert_allclose(np.reshape(found[1], -1), spread, rtol=1e-5)
    # none at all is 0, not NaN
    assert not np.any(weighted.mean(jnp.asarray(values), jnp.zeros((6, 4)), 2))


@pytest.fixture(scope="module")
def ppo():
    return make_ppo()


@pytest.fixture(scope="module")
def update(ppo):
    return jax.jit(ppo.update)


def assert_close(one, two, **tolerance):
    for (path, a), b in zip(jax.tree.leaves_with_path(one), jax.tree.leaves(two), strict=True):
        np.testing.assert_allclose(np.asarray(a, np.float64), np.asarray(b, np.float64), err_msg=str(path), **tolerance)


def test_weights_of_one_are_no_weights(ppo, update):
    """Another program, the same arithmetic but for rounding."""
    rollout = make_rollout(ppo.game)
    ones = rollout._replace(weight=np.ones(rollout.actions.shape, np.float32))
    (state, metrics), (same, again) = (
        update(jax.jit(ppo.init)(), rollout, WEIGHTS),
        update(jax.jit(ppo.init)(), ones, WEIGHTS),
    )
    assert_close(state.params, same.params, atol=2e-4)
    assert_close(state.obs_stats, same.obs_stats, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(metrics.reward, again.reward, rtol=1e-4)


def test_what_is_left_out_may_be_anything(ppo, update):
    """Another arena's states, actions and goals, finite or not, without a trace: bit for bit the same update."""
    rollout = make_rollout(ppo.game)
    weight = np.ones(rollout.actions.shape, np.float32)
    weight[:, 3] = 0
    strange = rollout._replace(states=rollout.states.copy(), actions=rollout.actions.copy(), weight=weight)
    strange.states[:, 3] += 100
    unpack(strange.states[5, 3]).ball_velocity[:] = np.nan
    strange.actions[:, 3] = 0
    state, metrics = update(jax.jit(ppo.init)(), rollout._replace(weight=weight), WEIGHTS)
    same, again = update(jax.jit(ppo.init)(), strange, WEIGHTS)
    assert not bool(again.not_finite.any())
    for name in ("params", "opt_state", "obs_stats", "return_stats", "stage_averages"):
        assert_close(getattr(state, name), getattr(same, name), rtol=0)
    for name in ("loss", "reward", "reward_terms", "statistics", "explained_variance", "value"):
        assert_close(getattr(metrics, name), getattr(again, name), rtol=0)
    plain, _ = update(jax.jit(ppo.init)(), rollout, WEIGHTS)
    assert float(jnp.abs(plain.obs_stats.mean - state.obs_stats.mean).max()) > 0, "or the weights would do nothing"
