"""PPO against an environment that everybody knows, through the protocol that RocketSim implements."""

import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import CartPole, make_config, one_agent_game, train_on


@pytest.mark.slow
def test_cartpole_reaches_475():
    """Gymnasium calls CartPole-v1 solved at a mean return of 475 of 500 over 100 episodes."""
    config = make_config(
        "environment.num_envs=8",
        "training.n_steps=128",
        "training.n_minibatches=4",
        "training.total_timesteps=150_000",
        "training.learning_rate=1e-3",
        "training.final_lr=1e-4",
        "training.gamma=0.99",
        "training.gae_lambda=0.95",
        "network.actor=[64, 64]",
        "network.critic=[64, 64]",
        "normalization.observations=true",
        "normalization.returns=true",
    )
    game = one_agent_game(lambda s, n, a: jnp.ones(a.shape), state_size=4)
    env = CartPole(8, seed=1)
    _, _, history = train_on(env, game, config, config.batch.updates(150_000))
    env.close()
    # the episodes that ended in the last updates, until there are 100
    returns, episodes = 0.0, 0
    for metrics in reversed(history):
        if metrics.episodes:
            returns += float(metrics.episode_return * metrics.episodes)
            episodes += int(metrics.episodes)
        if episodes >= 100:
            break
    assert returns / episodes >= 475
    assert np.isfinite(float(history[-1].loss.loss))
