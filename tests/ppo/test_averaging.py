"""The averaged weights: values worked out by hand, and of real updates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import make_config
from support.updates import OVERRIDES, WEIGHTS, make_ppo, make_rollout

from jaxrl.ppo.averaging import averaged


def mean_of(values, share):
    """The average after every one of `values`."""
    mean, seen = {"w": jnp.zeros(())}, []
    for updates, value in enumerate(values):
        mean = averaged(mean, {"w": jnp.float32(value)}, jnp.int32(updates), share)
        seen.append(float(mean["w"]))
    return seen


def test_by_hand():
    """Share 1/2: the newest weights count 1, 2/3, 1/2, 2/5."""
    assert mean_of([6, 12, 2, 7], 0.5) == pytest.approx([6, 10, 6, 6.4])


def test_a_share_of_one_is_the_plain_mean():
    assert mean_of([6, 12, 3, 7], 1.0) == pytest.approx([6, 9, 7, 7])


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_its_mean_age_is_the_share_of_the_run(share):
    """Of weights that are the number of their update: share / (1 + share), to be exact."""
    age = 1000 - mean_of(range(1001), share)[-1]
    assert age / 1000 == pytest.approx(share / (1 + share), rel=0.02)


def test_of_real_updates_and_training_does_not_notice():
    """Three updates with and without it: the same weights to the last bit, and their average as by hand."""
    with_it, without = (make_ppo(make_config(*OVERRIDES, *more)) for more in (["training.averaging=0.5"], []))
    states = [jax.jit(ppo.init)() for ppo in (with_it, without)]
    assert states[1].mean_params is None
    updates, history = [jax.jit(ppo.update) for ppo in (with_it, without)], []
    for seed in range(3):
        states = [
            update(state, make_rollout(with_it.game, seed=seed), WEIGHTS)[0]
            for update, state in zip(updates, states, strict=True)
        ]
        jax.tree.map(np.testing.assert_array_equal, states[0].params, states[1].params)
        history.append(states[0].params)
    expected = jax.tree.map(lambda a, b, c: (a / 3 + 2 * b / 3 + c) / 2, *history)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, 1e-5, 1e-7), states[0].mean_params, expected)
    assert states[0].bot_params is states[0].mean_params
    assert states[1].bot_params is states[1].params


def test_a_batch_that_is_twice_as_large_counts_twice():
    """After one of 64 environment steps, which is half of one of 128: the newest weights are 1 / (1 + 0.5 x 0.5)."""
    stage = "curriculum.stages=[{after: {speed_to_ball: 1e9}, training: {n_steps: 32, n_minibatches: 8}}]"
    ppo = make_ppo(make_config(*OVERRIDES, "training.averaging=0.5", stage))
    update = jax.jit(ppo.update)
    first, _ = update(jax.jit(ppo.init)(), make_rollout(ppo.game), WEIGHTS)
    second, _ = update(first, make_rollout(ppo.game, seed=1, n_steps=32), WEIGHTS)
    expected = jax.tree.map(lambda old, new: 0.2 * old + 0.8 * new, first.mean_params, second.params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, 1e-5, 1e-7), second.mean_params, expected)


def test_an_update_that_is_dropped_does_not_count():
    ppo = make_ppo(make_config(*OVERRIDES, "training.averaging=0.5"))
    update = jax.jit(ppo.update)
    state, _ = update(jax.jit(ppo.init)(), make_rollout(ppo.game), WEIGHTS)
    strange = make_rollout(ppo.game, seed=1)
    strange.states[5] = np.nan
    after, metrics = update(state, strange, WEIGHTS)
    assert jax.device_get(metrics.not_finite).culprit() is not None
    jax.tree.map(np.testing.assert_array_equal, after.mean_params, state.mean_params)
