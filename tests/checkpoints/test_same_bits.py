"""A run that was saved and resumed is, bit for bit, the one that was never stopped."""

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from support.checkpoints import SETTINGS, adam_steps, assert_same_bits
from support.envs import ToyCars, make_config

from jaxrl.checkpoints.training_state import load_checkpoint, save_checkpoint
from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.state import unpack
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import make_game
from jaxrl.training.step import Programs, compile_programs, step

HALF = 3
WEIGHTS = {"speed": np.float32(0.5), "distance": np.float32(0.01)}


@with_memory((0.0, np.zeros(2)))
def distance(carry, state, next_state, actions):
    """How far the car has driven in this episode along x and y, and for how many decisions."""
    count, driven = carry[0] + 1, carry[1] + next_state.velocity[..., :2] / 1000
    return (count, driven), driven.sum(-1) / count


def toy_ppo() -> PPO:
    """Rocket League, but with a reward and figures that compile quickly."""
    config = make_config(*SETTINGS)

    def rewards(states, next_states, actions):
        return {"speed": unpack(next_states).velocity[..., 1] / 1000}

    figures = dict(statistics=lambda states, next_states: {}, statistic_names=(), choices={})
    return PPO(config, replace(make_game(config), rewards=rewards, memory_terms={"distance": distance}, **figures))


@dataclass
class Run:
    """A training run on ToyCars, less its surroundings."""

    ppo: PPO
    env: ToyCars
    collector: Collector
    state: TrainState

    def train(self, programs: Programs, count: int) -> list:
        """`count` updates; returns their metrics."""
        history = []
        for _ in range(count):
            self.state, metrics, _ = step(programs, self.collector, self.state, WEIGHTS)
            history.append(jax.device_get(metrics))
        return history


def start(ppo: PPO, state: TrainState, env_state=None, first_state=None, seed: int = 0) -> Run:
    """A new run, or one whose environment is restored."""
    env = ToyCars(2, 2, limit=11, seed=seed)
    if env_state is not None:
        env.set_state(env_state)
    config = ppo.config
    return Run(ppo, env, Collector(env, config.training.n_steps, 2, 16, config.training.seed, first_state), state)


def test_n_and_n_updates_equal_2n_bit_for_bit(tmp_path):
    """Everything that learning changes: weights, optimizer, statistics, sums of running episodes, key, counters."""
    ppo = toy_ppo()
    init, programs = jax.jit(ppo.init), compile_programs(ppo)
    whole = start(ppo, init())
    first = whole.train(programs, HALF)
    whole.state = whole.state.replace(best_eval_reward=jnp.float32(1.5))
    second = whole.train(programs, HALF)
    assert sum(float(metrics.episodes) for metrics in second) > 0
    assert {float(metrics.learning_rate) for metrics in first}.isdisjoint(float(m.learning_rate) for m in second)

    half = start(ppo, init())
    assert_same_bits(half.train(programs, HALF), first)
    half.state = half.state.replace(best_eval_reward=jnp.float32(1.5))
    save_checkpoint(tmp_path / "half", half.state, ppo.config, ppo, half.collector.state)
    env_state, first_state = half.env.get_state(), half.collector.state.copy()

    # into shapes and another environment: what neither checkpoint nor get_state hold would show
    loaded = load_checkpoint(tmp_path / "half", like=jax.eval_shape(ppo.init))
    assert_same_bits(loaded, half.state)
    assert np.asarray(loaded.accumulators.episode_steps).any(), "an episode must be running, or its sums prove nothing"
    steps, driven = loaded.reward_carry["distance"]
    np.testing.assert_array_equal(steps.T, np.broadcast_to(loaded.accumulators.episode_steps, steps.T.shape))
    assert driven.shape == (2, 2, 2)
    assert np.asarray(driven).any()
    resumed = start(ppo, loaded, env_state, first_state, seed=99)
    assert_same_bits(resumed.train(programs, HALF), second)
    assert_same_bits(resumed.state, whole.state)
    assert (resumed.state.num_env_steps, adam_steps(resumed.state)) == (96, 24)
