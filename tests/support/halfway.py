"""A checkpoint after half of a run, for tests of resuming."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.checkpoints.training_state import save_checkpoint
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game
from support.checkpoints import SETTINGS
from support.envs import make_config, random_rows


def make_ppo(*overrides: str) -> PPO:
    config = make_config(*SETTINGS, *overrides)
    return PPO(config, make_game(config))


def save_halfway(folder: Path, ppo: PPO) -> tuple[TrainState, np.ndarray]:
    """Save a state in which no leaf is what a new run has; returns it, and the example states."""
    rng = np.random.default_rng(0)

    def draw(leaf):
        numbers = rng.uniform(0.5, 2, leaf.shape) if leaf.dtype == np.float32 else rng.integers(1, 99, leaf.shape)
        return jnp.asarray(numbers.astype(leaf.dtype))

    state = jax.tree.map(draw, jax.eval_shape(ppo.init))
    words = jnp.array([0, 48], jnp.uint32)
    state = state.replace(env_steps=words, updates=jnp.int32(3))
    examples = random_rows(rng, (4,), 2)
    save_checkpoint(folder, state, ppo.config, ppo, examples)
    return state, examples
