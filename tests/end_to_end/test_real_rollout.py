"""act and update on a real RocketSim rollout with goals, time-outs and resets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from support.envs import make_config
from support.mirrored import mirrored

from jaxrl.game.masks import allowed_actions
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS, mirror_actions
from jaxrl.game.state import pack, unpack
from jaxrl.ppo.update import PPO
from jaxrl.sim.engine import make_env
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import make_game, sim_spec
from jaxrl.training.device import MATMUL_PRECISION

SHOT = "support.real_starts:shot"  # a ball that flies into a goal at once: goals within a second


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("tf32", 1e-4), ("bfloat16", 0.03)])
def test_logits_of_act_equal_those_of_update(engine, precision, tolerance):
    """Every logit that act saw, after two updates, against one pass over the whole rollout.

    TF32 is float32 on a CPU. bfloat16 keeps 8 bits: batches of another size round otherwise, by up to 0.03 here.
    """
    config = make_config(
        "environment.num_envs=4",
        "environment.no_touch_seconds=4",
        "environment.start_states={kickoff: 1, near_ball: 1, random: 1}",
        f"environment.start_states.{SHOT}=1",
        "training.n_steps=128",
        "network.actor=[64, 64]",
        "normalization.observations=true",
        "normalization.returns=true",
        f"accelerator.precision={precision}",
    )
    game = make_game(config)
    ppo = PPO(config, game)
    weights = {name: np.float32(weight) for name, weight in config.rewards.items()}
    with make_env(engine, sim_spec(config), 0) as env, jax.default_matmul_precision(MATMUL_PRECISION[precision]):
        collector = Collector(env, 128, 2, config.batch.final_state_slots, 0)
        act, logits, update = jax.jit(ppo.act), jax.jit(ppo.logits), jax.jit(ppo.update)
        state, goals = jax.jit(ppo.init)(), 0
        for number in range(3):
            seen = []

            def choose(states, uniforms, state=state, seen=seen):
                seen.append(np.asarray(logits(state.params, state.obs_stats, states)))
                return np.asarray(act(state.params, state.obs_stats, states, uniforms))

            rollout = collector.collect(choose, number)
            again = logits(state.params, state.obs_stats, rollout.states[:-1])
            scale = float(jnp.abs(again).max())
            np.testing.assert_allclose(np.stack(seen), again, atol=tolerance * max(scale, 1))
            goals += rollout.terminated.sum()
            assert rollout.truncated.sum() > 0
            state, metrics = update(state, rollout, weights)
            assert float(metrics.first_ratio_error) < (1e-4 if tolerance == 1e-4 else 0.1)
    assert goals > 0


def test_masks_of_act_are_those_of_update(engine):
    """Only allowed actions are taken, the ratio is 1 before anything is learnt, and afterwards every number is finite.

    The network chooses in the mirror, so the actions of the world are taken back there.
    """
    config = make_config(
        "environment.num_envs=4",
        "environment.start_states={kickoff: 1, near_ball: 1, random: 1}",
        "training.n_steps=64",
        "network.actor=[64, 64]",
        "observation.mirror=true",
        "game.action_masks=true",
    )
    ppo = PPO(config, make_game(config))
    weights = {name: np.float32(weight) for name, weight in config.rewards.items()}
    with make_env(engine, sim_spec(config), 0) as env:
        collector = Collector(env, 64, 2, config.batch.final_state_slots, 0)
        act, update = jax.jit(ppo.act), jax.jit(ppo.update)
        state = jax.jit(ppo.init)()
        for number in range(2):
            rollout = collector.collect(
                lambda s, u, state=state: np.asarray(act(state.params, state.obs_stats, s, u)), number
            )
            states = rollout.states[:-1]
            allowed = allowed_actions(states, config.mask_ticks)
            chosen = mirror_actions(states, rollout.actions)
            assert 0.2 < allowed.mean() < 0.98
            assert np.take_along_axis(allowed, chosen[..., None], axis=-1).all()
            state, metrics = update(state, rollout, weights)
            assert float(metrics.first_ratio_error) < 1e-4
            assert 0 < float(metrics.loss.entropy) <= np.log(allowed.sum(-1)).mean() + 1e-3
            assert np.isfinite(metrics.loss.approx_kl)
            assert not metrics.not_finite.any()


@pytest.mark.parametrize("mirror", [True, False])
def test_a_rollout_and_its_mirror_image_teach_the_same(engine, mirror):
    """Only if states, true last states and actions are all seen in the mirror where they should be."""
    config = make_config(
        "environment.num_envs=2",
        "environment.no_touch_seconds=1",
        # at a straight kickoff the ball is neither left nor right: what is done there teaches one side alone
        "environment.start_states={kickoff: 0, near_ball: 0, random: 1}",
        "training.n_steps=32",
        f"observation.mirror={str(mirror).lower()}",
        "observation.car_frame=true",
    )
    ppo = PPO(config, make_game(config))
    weights = {name: np.float32(weight) for name, weight in config.rewards.items()}
    state = jax.jit(ppo.init)()
    with make_env(engine, sim_spec(config), 0) as env:
        collector = Collector(env, 32, 2, 8, 0)
        act = jax.jit(ppo.act)
        rollout = collector.collect(lambda s, u: np.asarray(act(state.params, state.obs_stats, s, u)), 0)
    assert rollout.truncated.any()
    image = rollout._replace(
        states=pack(mirrored(unpack(rollout.states))),
        final_states=pack(mirrored(unpack(rollout.final_states))),
        actions=MIRRORED_ACTIONS[rollout.actions],
    )
    update = jax.jit(ppo.update)
    (learnt, metrics), (from_image, image_metrics) = (update(state, each, weights) for each in (rollout, image))
    assert float(metrics.first_ratio_error) < 1e-4
    np.testing.assert_allclose(metrics.reward, image_metrics.reward, rtol=1e-4)  # rewards know no left and right
    before, after, from_mirror = (ravel_pytree(each.params)[0] for each in (state, learnt, from_image))
    difference = float(jnp.linalg.norm(after - from_mirror) / jnp.linalg.norm(after - before))
    assert (difference < 0.01) == mirror, difference


def test_sampled_actions_follow_the_policy():
    """act draws by the inverse of the cumulative distribution: frequencies against probabilities, and both ends."""
    config = make_config("training.n_minibatches=1")
    game = make_game(config)
    ppo = PPO(config, game)
    state = jax.jit(ppo.init)()
    params = jax.tree.map(lambda x: x, state.params)
    params["params"]["logits_head"]["bias"] = jnp.zeros(90).at[7].set(4.0).at[89].set(3.0)
    rows = np.zeros((2000, game.state_size), np.float32)
    uniforms = np.random.default_rng(0).random((2000, 2), np.float32)
    uniforms[0] = 0, np.nextafter(np.float32(1), np.float32(0))
    actions = np.asarray(jax.jit(ppo.act)(params, state.obs_stats, rows, uniforms))
    expected = np.asarray(jax.nn.softmax(jax.jit(ppo.logits)(params, state.obs_stats, rows[:1])))[0, 0]
    frequencies = np.bincount(actions.ravel(), minlength=90) / actions.size
    np.testing.assert_allclose(frequencies, expected, atol=0.03)
    assert actions[0].tolist() == [0, 89]


def test_statistics_are_frozen_during_a_rollout(engine):
    """The act of a rollout uses the statistics from before it; the update merges them only afterwards."""
    config = make_config("environment.num_envs=2", "training.n_steps=32", "normalization.observations=true")
    ppo = PPO(config, make_game(config))
    weights = {name: np.float32(weight) for name, weight in config.rewards.items()}
    with make_env(engine, sim_spec(config), 0) as env:
        collector = Collector(env, 32, 2, 4, 0)
        state = jax.jit(ppo.init)()
        before = jax.device_get(state.obs_stats)
        act = jax.jit(ppo.act)
        rollout = collector.collect(lambda s, u: np.asarray(act(state.params, state.obs_stats, s, u)), 0)
        jax.tree.map(np.testing.assert_array_equal, before, jax.device_get(state.obs_stats))
        new_state, metrics = jax.jit(ppo.update)(state, rollout, weights)
    # the ratio is 1 only if the update normalised with the statistics that act had
    assert float(metrics.first_ratio_error) < 1e-4
    assert float(new_state.obs_stats.count) == 2 * 32 * 2
