"""The update as a whole: first ratio, minibatch order, tracing, ends of episodes, counters, CUDA lowering."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export
from support.envs import make_config
from support.updates import CONFIG, OVERRIDES, WEIGHTS, N, T, make_ppo, make_rollout

from jaxrl.game.rewards.sharing import Payment
from jaxrl.game.state import unpack
from jaxrl.ppo.loss import LossMetrics, Minibatch
from jaxrl.ppo.minibatches import optimize
from jaxrl.ppo.train_state import add_steps


@pytest.fixture(scope="module")
def ppo():
    return make_ppo()


@pytest.fixture(scope="module")
def update(ppo):
    return jax.jit(ppo.update)


def test_ratio_is_one_at_the_first_minibatch(ppo, update):
    """Old log-probabilities and the first new ones come from the same parameters and statistics."""
    _, metrics = update(jax.jit(ppo.init)(), make_rollout(ppo.game), WEIGHTS)
    assert float(metrics.first_ratio_error) < 1e-4
    assert float(metrics.loss.max_ratio_error) > 1e-3  # and then the policy moves


def test_traced_once_over_several_updates_and_reward_stages(ppo):
    """New data and new reward weights, shared or not, must not compile again; more final states than fit may, once."""
    traces = 0

    def counted(*arguments):
        nonlocal traces
        traces += 1
        return ppo.update(*arguments)

    update = jax.jit(counted, donate_argnums=0)
    state = jax.jit(ppo.init)()
    for seed in range(3):
        weights = {name: weight * np.float32(seed + 1) for name, weight in WEIGHTS.items()}
        weights["goal"] = Payment(weights["goal"], np.float32(seed / 2), np.float32(1 / (1 + seed)))
        state, _ = update(state, make_rollout(ppo.game, seed=seed), weights)
    assert traces == 1
    update.trace(state, make_rollout(ppo.game, slots=16), weights)
    assert traces == 2


def test_every_transition_once_an_epoch(ppo, monkeypatch):
    """The rows that the minibatches of each epoch hold are a permutation of all, another one every epoch."""
    total = T * N * 2
    seen = []

    def record(logits, values, batch, *_):
        jax.debug.callback(lambda rows: seen.append(np.asarray(rows)), batch.returns)
        zero = jnp.zeros(())
        return (logits.sum() + values.sum()) * 0, LossMetrics(*[zero] * 7)

    monkeypatch.setattr("jaxrl.ppo.minibatches.ppo_loss", record)
    numbered = Minibatch(
        obs=jnp.zeros((total, ppo.game.obs_size)),
        actions=jnp.zeros(total, jnp.int32),
        log_probs=jnp.zeros(total),
        advantages=jnp.zeros(total),
        returns=jnp.arange(total, dtype=jnp.float32),
        weights=jnp.ones(total),
    )
    run = partial(optimize, ppo.network, ppo.optimizer, CONFIG.trainings, CONFIG.batch)
    jax.block_until_ready(jax.jit(run)(jax.jit(ppo.init)(), numbered, jax.random.key(0)))
    jax.effects_barrier()
    epochs = np.stack(seen).reshape(CONFIG.training.n_epochs, total)
    for rows in epochs:
        np.testing.assert_array_equal(np.sort(rows), np.arange(total))
    assert len({rows.tobytes() for rows in epochs}) == CONFIG.training.n_epochs


def test_one_state_is_the_last_of_an_episode(ppo, update):
    """Rewards and bootstrap of an ended episode come from its true last state, not from the reset that follows."""
    rollout = make_rollout(ppo.game)
    reference, _ = update(jax.jit(ppo.init)(), rollout, WEIGHTS)

    def moved(**changes):
        state, _ = update(jax.jit(ppo.init)(), rollout._replace(**changes), WEIGHTS)
        same = jax.tree.map(lambda a, b: bool(jnp.array_equal(a, b)), state.params, reference.params)
        return not all(jax.tree.leaves(same))

    final_states = rollout.final_states.copy()
    final_states[2:] = 1e3  # rows that stand for nothing
    assert not moved(final_states=final_states)
    final_states = rollout.final_states.copy()
    unpack(final_states).ball_position[0] += 500  # where the ball was at the goal: part of the last reward
    assert moved(final_states=final_states)
    final_states = rollout.final_states.copy()
    unpack(final_states).ball_position[1] += 500
    assert moved(final_states=final_states)


def test_reward_breakdown_sums_to_the_total(ppo, update):
    """Weighted means of the terms, by hand for two of them."""
    rollout = make_rollout(ppo.game)
    _, metrics = update(jax.jit(ppo.init)(), rollout, WEIGHTS)
    assert sum(float(x) for x in metrics.reward_terms.values()) == pytest.approx(float(metrics.reward), rel=1e-4)
    next_states = rollout.states[1:].copy()
    next_states[3, 1], next_states[7, 2] = rollout.final_states[:2]
    expected = CONFIG.rewards["boost_kept"] * np.sqrt(unpack(next_states).boost / 100).mean()
    assert float(metrics.reward_terms["boost_kept"]) == pytest.approx(expected, rel=1e-5)
    assert float(metrics.reward_terms["goal"]) == 0


def test_the_mean_value_is_in_rewards(ppo, update):
    """By the network itself, times the standard deviation that rewards were divided by."""
    rollout = make_rollout(ppo.game)
    state, _ = update(jax.jit(ppo.init)(), rollout, WEIGHTS)
    values = ppo.network.apply(state.params, ppo.observe(state.obs_stats, rollout.states[:-1]), method="value")
    deviation = float(state.return_stats.var) ** 0.5
    assert abs(deviation - 1) > 0.1, "or it would not matter"
    _, metrics = update(state, rollout, WEIGHTS)
    assert float(metrics.value) == pytest.approx(float(values.mean()) * deviation, rel=1e-3)


def test_statistics_are_merged_once_with_the_data_of_this_rollout(ppo, update):
    """The observations of T decisions, not T + 1: the last state is the first of the next rollout."""
    rollout = make_rollout(ppo.game)
    state, _ = update(jax.jit(ppo.init)(), rollout, WEIGHTS)
    obs = np.asarray(ppo.game.observe(rollout.states[:-1])).reshape(-1, ppo.game.obs_size)
    assert float(state.obs_stats.count) == T * N * 2
    np.testing.assert_allclose(state.obs_stats.mean, obs.mean(0), rtol=1e-3, atol=1e-4)
    assert float(state.return_stats.count) == T * N * 2
    assert float(state.return_stats.var) != 1


def test_normalisation_can_be_switched_off():
    """Without it the statistics change nothing: neither observations nor rewards."""
    config = make_config(*OVERRIDES[:3])
    ppo = make_ppo(config)
    rollout = make_rollout(ppo.game)
    state = jax.jit(ppo.init)()
    strange = state.replace(
        obs_stats=state.obs_stats.replace(mean=state.obs_stats.mean + 5),
        return_stats=state.return_stats.replace(var=jnp.float32(100)),
    )
    update = jax.jit(ppo.update)
    updates = [update(s, rollout, WEIGHTS) for s in (state, strange)]
    jax.tree.map(np.testing.assert_array_equal, *((after.params, metrics.value) for after, metrics in updates))


def test_episode_sums_run_on_across_rollouts(ppo, update):
    """An episode that ends at t = 3 of the second rollout has lasted T + 4 decisions."""
    quiet = make_rollout(ppo.game)
    quiet = quiet._replace(terminated=np.zeros((T, N), bool), truncated=np.zeros((T, N), bool))
    state, metrics = update(jax.jit(ppo.init)(), quiet, WEIGHTS)
    assert int(metrics.episodes) == 0
    assert np.isnan(float(metrics.episode_return))
    terminated = quiet.terminated.copy()
    terminated[3, 1] = True
    first = float(metrics.reward)
    state, metrics = update(state, quiet._replace(terminated=terminated), WEIGHTS)
    assert float(metrics.episode_steps) == T + 4
    assert np.isfinite(first)
    np.testing.assert_array_equal(state.accumulators.episode_steps, [2 * T, T - 4, 2 * T, 2 * T])


@pytest.mark.parametrize("start", [0, 2**31 - 5, 2**32 - 5, 7 * 2**32 + 123])
def test_step_counter_passes_32_bits(ppo, start):
    """int32 overflows after a few days of training."""
    words = jnp.array([start >> 32, start & 0xFFFFFFFF], jnp.uint32)
    state = jax.jit(ppo.init)().replace(env_steps=jax.jit(add_steps, static_argnums=1)(words, 4096))
    assert state.num_env_steps == start + 4096


def test_init_and_update_are_reproducible(ppo, update):
    """The same seed gives the same parameters, another one others."""
    rollout = make_rollout(ppo.game)
    one, two = (update(jax.jit(make_ppo().init)(), rollout, WEIGHTS)[0] for _ in range(2))
    jax.tree.map(np.testing.assert_array_equal, one, two)
    other = jax.jit(make_ppo(make_config(*OVERRIDES, "training.seed=1")).init)()
    assert not np.array_equal(jax.tree.leaves(other.params)[1], jax.tree.leaves(jax.jit(ppo.init)().params)[1])


@pytest.mark.parametrize("precision", ["tf32", "bfloat16"])
def test_lowers_for_cuda_without_host_calls(precision):
    """`act` and `update` as a GPU would run them: one program each, no callback to the host in it."""
    config = make_config(*OVERRIDES, f"accelerator.precision={precision}")
    ppo = make_ppo(config)
    state, rollout = jax.jit(ppo.init)(), make_rollout(ppo.game)
    uniforms = np.zeros((N, 2), np.float32)
    programs = [
        export.export(jax.jit(ppo.update, donate_argnums=0), platforms=["cuda"])(state, rollout, WEIGHTS),
        export.export(jax.jit(ppo.act), platforms=["cuda"])(state.params, state.obs_stats, rollout.states[0], uniforms),
    ]
    for program in programs:
        text = program.mlir_module()
        assert "stablehlo.dot_general" in text
        assert "callback" not in text
        assert ("bf16" in text) == (precision == "bfloat16")
