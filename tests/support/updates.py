"""A small PPO for Rocket League and rollouts that were made up."""

import numpy as np

from jaxrl.game.game import Game
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Rollout
from jaxrl.training.build import make_game
from support.envs import make_config, random_rows

T, N = 16, 4
OVERRIDES = (
    f"environment.num_envs={N}",
    f"training.n_steps={T}",
    "training.n_minibatches=4",
    "normalization.observations=true",
    "normalization.returns=true",
)
CONFIG = make_config(*OVERRIDES)
WEIGHTS = {name: np.float32(weight) for name, weight in CONFIG.rewards.items()}


def make_ppo(config=CONFIG):
    return PPO(config, make_game(config))


def make_rollout(game: Game, slots: int = 8, seed: int = 0, n_steps: int = T) -> Rollout:
    """Random but possible raw states: nothing here looks at physics."""
    rng = np.random.default_rng(seed)
    states = random_rows(rng, (n_steps + 1, N), game.num_cars)
    terminated, truncated = np.zeros((2, n_steps, N), np.bool_)
    terminated[3, 1] = truncated[7, 2] = True
    final_states = np.zeros((slots, game.state_size), np.float32)
    final_index = np.full((slots, 2), (n_steps, 0), np.int32)
    final_states[:2] = states[[4, 8], [0, 3]]
    final_index[:2] = [(3, 1), (7, 2)]
    actions = rng.integers(90, size=(n_steps, N, game.num_cars)).astype(np.int32)
    return Rollout(states, actions, terminated, truncated, final_states, final_index)
