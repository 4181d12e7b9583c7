"""Checkpoints of networks that look trained, for tests of what is deployed."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.checkpoints.training_state import save_checkpoint
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game
from support.envs import make_config, random_rows


def make_ppo(activation, layer_norm, shared, normalized, team_size, *more):
    config = make_config(
        f"network.activation={activation}",
        f"network.layer_norm={str(layer_norm).lower()}",
        f"network.shared={[24] if shared else []}",
        "network.actor=[32, 16]",
        "network.critic=[8]",
        f"normalization.observations={str(normalized).lower()}",
        "normalization.clip_observations=2",
        f"environment.team_size={team_size}",
        *more,
    )
    return PPO(config, make_game(config))


def trained_state(ppo):
    """As after a long training: no bias is zero, no scale one, the statistics are far from their start."""
    rng = np.random.default_rng(0)

    def draw(path, leaf):
        name = path[-1].key
        spread = leaf.shape[0] ** -0.5 if name == "kernel" else 0.3
        return jnp.asarray(rng.normal(float(name == "scale"), spread, leaf.shape).astype(np.float32))

    state = jax.eval_shape(ppo.init)
    stats = state.obs_stats
    mean, var = rng.normal(0, 0.5, stats.mean.shape), rng.uniform(0.1, 2, stats.var.shape)
    return state.replace(
        params=jax.tree.map_with_path(draw, state.params),
        opt_state=(),
        obs_stats=stats.replace(
            count=jnp.float32(1e6), mean=jnp.asarray(mean, jnp.float32), var=jnp.asarray(var, jnp.float32)
        ),
        return_stats=(),
        accumulators=(),
        key=jnp.zeros(2, jnp.uint32),
        updates=jnp.int32(3),
        env_steps=jnp.array([0, 384], jnp.uint32),
        stage=jnp.int32(0),
        stage_averages={},
        stage_starts=jnp.zeros(state.stage_starts.shape, jnp.uint32),
        reward_carry={},
        best_eval_reward=jnp.float32(0),
    )


def save(folder: Path, ppo: PPO, state) -> Path:
    save_checkpoint(folder, state, ppo.config, ppo, random_rows(np.random.default_rng(1), (64,), ppo.game.num_cars))
    return folder
