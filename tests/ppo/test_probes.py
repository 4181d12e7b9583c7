"""PPO learns: environments with one thing to learn each, whose right answer is known."""

import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import Probe, make_config, one_agent_game, one_step, probabilities, train_on, value_of, zeros

GAMMA = 0.9
CONFIG = make_config(
    "environment.num_envs=16",
    "training.n_steps=16",
    "training.n_minibatches=2",
    "training.total_timesteps=25600",
    "training.learning_rate=0.01",
    "training.final_lr=0.001",
    f"training.gamma={GAMMA}",
)


def coin(rng, n):
    return rng.choice([-1.0, 1.0], n)


def constant(states, next_states, actions):
    return jnp.ones(actions.shape)


def test_constant_reward():
    """Fails where the value loss or its optimiser does not work at all."""
    env = Probe(16, zeros, one_step)
    ppo, state, _ = train_on(env, one_agent_game(constant), CONFIG, 50)
    assert value_of(ppo, state, 0.0) == pytest.approx(1, abs=0.02)


def test_reward_depends_on_the_observation():
    """Fails where observations are mixed up between transitions or do not reach the critic."""
    env = Probe(16, coin, one_step)
    ppo, state, _ = train_on(env, one_agent_game(lambda s, n, a: s), CONFIG, 50)
    assert value_of(ppo, state, 1.0) == pytest.approx(1, abs=0.05)
    assert value_of(ppo, state, -1.0) == pytest.approx(-1, abs=0.05)


def test_delayed_reward_is_discounted_once():
    """Two steps, the reward at the second: fails where discounting or bootstrapping is wrong."""
    env = Probe(16, zeros, lambda state, actions: (state + 1, state == 1))
    ppo, state, _ = train_on(env, one_agent_game(lambda s, n, a: s), CONFIG, 80)
    assert value_of(ppo, state, 1.0) == pytest.approx(1, abs=0.05)
    assert value_of(ppo, state, 0.0) == pytest.approx(GAMMA, abs=0.05)


def test_reward_depends_on_the_action():
    """Fails where the policy gradient has the wrong sign or actions and advantages do not belong together."""
    env = Probe(16, zeros, one_step)
    ppo, state, _ = train_on(env, one_agent_game(lambda s, n, a: jnp.where(a == 1, 1.0, -1.0)), CONFIG, 50)
    assert probabilities(ppo, state, 0.0)[1] > 0.95


def test_right_action_depends_on_the_observation():
    """Fails where actor and observation do not belong together."""
    env = Probe(16, coin, one_step)
    reward = one_agent_game(lambda s, n, a: jnp.where((a == 1) == (s > 0), 1.0, -1.0))
    ppo, state, _ = train_on(env, reward, CONFIG, 50)
    assert probabilities(ppo, state, 1.0)[1] > 0.95
    assert probabilities(ppo, state, -1.0)[0] > 0.95


def test_two_steps_with_a_choice_that_pays_later():
    """Action 1 in the first state leads to a reward of 1 in the second, action 0 to one of 0.5 at once.

    0.9 later is better than 0.5 now: fails where the future does not count.
    """

    def move(state, actions):
        goes_on = (state == 0) & (actions == 1)
        return np.where(goes_on, 1.0, 2.0), ~goes_on

    reward = one_agent_game(lambda s, n, a: jnp.where(s == 1, 1.0, jnp.where(a == 0, 0.5, 0.0)))
    ppo, state, _ = train_on(Probe(16, zeros, move), reward, CONFIG, 100)
    assert probabilities(ppo, state, 0.0)[1] > 0.9
    assert value_of(ppo, state, 0.0) == pytest.approx(GAMMA, abs=0.1)


def test_time_limit_is_not_an_end():
    """Reward 1 for ever, cut every 8 decisions: worth 1/(1 - gamma) = 10; without bootstrapping at most 5.7."""
    env = Probe(16, zeros, lambda state, actions: (state, np.zeros(len(state), np.bool_)), limit=8)
    ppo, state, history = train_on(env, one_agent_game(constant), CONFIG, 100)
    assert value_of(ppo, state, 0.0) == pytest.approx(1 / (1 - GAMMA), rel=0.05)
    assert history[-1].episode_steps == 8
