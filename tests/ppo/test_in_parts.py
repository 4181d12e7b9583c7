"""An update in parts is the update, and log-probabilities that a rollout brings along are those that count."""

import jax
import numpy as np
import pytest
from support.envs import make_config
from support.updates import OVERRIDES, WEIGHTS, make_ppo, make_rollout

from jaxrl.ppo import in_parts as in_parts_module
from jaxrl.ppo.in_parts import update_in_parts
from jaxrl.ppo.loss import log_probs_of
from jaxrl.ppo.update import PPO


@pytest.fixture(scope="module", params=["", "game.action_masks=true"])
def ppo(request):
    return make_ppo(make_config(*OVERRIDES, *filter(None, [request.param])))


@pytest.fixture(scope="module")
def in_parts(ppo):
    return update_in_parts(ppo)


def close(one, two, tolerance=2e-5):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, tolerance, tolerance), one, two)


@pytest.mark.slow
def test_in_parts_it_is_the_same_update(ppo, in_parts):
    """Three updates one after the other, to rounding; counters and keys to the bit."""
    whole, update = jax.jit(ppo.init)(), jax.jit(ppo.update)
    parts = whole
    for seed in range(3):
        rollout = make_rollout(ppo.game, seed=seed)
        whole, expected = update(whole, rollout, WEIGHTS)
        parts, found = in_parts(parts, rollout, WEIGHTS)
        close(expected, found, 1e-4)
    close(whole, parts)
    np.testing.assert_array_equal(whole.key, parts.key)
    assert (int(parts.updates), parts.num_env_steps) == (3, whole.num_env_steps)


def test_the_state_that_it_is_given_stays(ppo, in_parts):
    state = jax.jit(ppo.init)()
    before = jax.tree.map(np.array, state)
    in_parts(state, make_rollout(ppo.game), WEIGHTS)
    jax.tree.map(np.testing.assert_array_equal, state, before)


def test_actions_come_with_their_log_probabilities(ppo):
    """Against the logits in float64: log(exp(l) / sum of exp over what may be chosen)."""
    state, rows = jax.jit(ppo.init)(), make_rollout(ppo.game).states[0]
    uniforms = np.random.default_rng(0).random((len(rows), ppo.game.num_cars), np.float32)
    chosen = jax.jit(ppo.act_with_log_probs)(state.params, state.obs_stats, rows, uniforms)
    np.testing.assert_array_equal(chosen.actions, jax.jit(ppo.act)(state.params, state.obs_stats, rows, uniforms))
    logits = np.asarray(ppo.masked_logits(state.params, state.obs_stats, rows), np.float64)
    own = np.asarray(ppo.game.from_world(rows, chosen.actions))
    taken = np.take_along_axis(logits, own[..., None], -1)[..., 0]
    np.testing.assert_allclose(chosen.log_probs, taken - np.log(np.exp(logits).sum(-1)), atol=1e-5)
    assert np.isfinite(chosen.log_probs).all()


@pytest.mark.slow
def test_log_probabilities_of_a_rollout_count_and_not_those_of_now(ppo, in_parts):
    """Those of now change nothing; half a nat more likely then: a first ratio of e^-0.5, a KL of e^-0.5 - 1 + 0.5."""
    state, rollout = jax.jit(ppo.init)(), make_rollout(ppo.game)
    own = ppo.game.from_world(rollout.states[:-1], rollout.actions)
    now = np.asarray(log_probs_of(ppo.masked_logits(state.params, state.obs_stats, rollout.states[:-1]), own))
    # what a mask forbids was never chosen
    rollout = rollout._replace(weight=np.where(now > -50, 1, 0).astype(np.float32))
    without, _ = in_parts(state, rollout, WEIGHTS)
    same, metrics = in_parts(state, rollout._replace(log_probs=now), WEIGHTS)
    close(without.params, same.params)
    assert float(metrics.first_ratio_error) < 1e-4
    _, metrics = in_parts(state, rollout._replace(log_probs=now + np.float32(0.5)), WEIGHTS)
    assert float(metrics.first_ratio_error) == pytest.approx(1 - np.exp(-0.5), abs=1e-4)
    assert float(metrics.first_kl) == pytest.approx(np.exp(-0.5) - 0.5, abs=1e-4)


def test_it_is_traced_once(monkeypatch):
    """New data and new reward weights must not compile any part again."""
    traces = []
    for name in ("prepare", "finish"):
        part = getattr(PPO, name)
        monkeypatch.setattr(PPO, name, lambda *given, name=name, part=part: traces.append(name) or part(*given))
    monkeypatch.setattr(in_parts_module, "minibatch_step", counted(in_parts_module.minibatch_step, traces))
    ppo = make_ppo()
    update, state = update_in_parts(ppo), jax.jit(ppo.init)()
    for seed in range(3):
        weights = {name: weight * np.float32(seed + 1) for name, weight in WEIGHTS.items()}
        state, _ = update(state, make_rollout(ppo.game, seed=seed), weights)
    assert traces == ["prepare", "step", "finish"]


def counted(make, traces):
    def make_counted(*given):
        step = make(*given)
        return lambda *arguments: traces.append("step") or step(*arguments)

    return make_counted
