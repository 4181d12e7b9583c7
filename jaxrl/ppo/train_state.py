"""Everything that learning changes, in one pytree: what is here is in the checkpoint."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import struct

from jaxrl.config.curriculum import MAX_STAGES
from jaxrl.game.game import Game
from jaxrl.nets.actor_critic import ActorCritic
from jaxrl.ppo import normalize
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.reward_memory import first_memory


class Accumulators(struct.PyTreeNode):
    """Sums over the running episodes. They belong to the environments: new environments start them at zero."""

    discounted_return: jax.Array  # [N, C] float32, of the unnormalised reward
    episode_return: jax.Array  # [N, C] float32
    episode_steps: jax.Array  # [N] int32

    @classmethod
    def zeros(cls, num_envs: int, num_cars: int) -> "Accumulators":
        """Every episode at its start."""
        return cls(
            jnp.zeros((num_envs, num_cars)), jnp.zeros((num_envs, num_cars)), jnp.zeros(num_envs, dtype=jnp.int32)
        )


class TrainState(struct.PyTreeNode):
    """N environments, C cars, D observation entries."""

    params: Any  # of the network, float32
    opt_state: optax.OptState
    obs_stats: RunningStats  # of [D]
    return_stats: RunningStats  # of []: the discounted return
    accumulators: Accumulators
    key: jax.Array  # [2] uint32, for the order of minibatches
    updates: jax.Array  # [] int32
    # [2] uint32, high and low word: passes 2**31 after a few days; what the schedules count
    env_steps: jax.Array
    stage: jax.Array  # [] int32, of the curriculum; 0 = the first
    stage_averages: dict[str, jax.Array]  # {statistic: [] float32}, running means since the stage began
    stage_starts: jax.Array  # [MAX_STAGES, 2] uint32: env_steps at which each later stage began, 0 before
    best_eval_reward: jax.Array  # [] float32, -inf before the first evaluation in this stage
    reward_carry: dict[str, Any]  # {reward term with memory: its carry, leaves [N, C] or [N, C, k] float32}
    mean_params: Any | None = None  # of the network, over the last updates (see averaging.py); None: not averaged

    @property
    def bot_params(self) -> Any:
        """Weights of the bot that is evaluated and saved."""
        return self.params if self.mean_params is None else self.mean_params

    @property
    def num_env_steps(self) -> int:
        """Environment steps done, as a Python int."""
        return as_int(self.env_steps)

    @property
    def begun(self) -> list[int]:
        """Environment steps at which each later stage began, 0 for those that have not."""
        return [as_int(words) for words in np.asarray(self.stage_starts)]


def init_train_state(
    seed: int,
    num_envs: int,
    game: Game,
    network: ActorCritic,
    optimizer: optax.GradientTransformation,
    stage_figures: tuple[str, ...] = (),
    averages: bool = False,
) -> TrainState:
    """The state of a new run: everything follows from `seed`. Stages wait for `stage_figures`, too.

    `averages`: whether it has averaged weights.
    """
    key, init_key = jax.random.split(jax.random.key(seed))
    params = network.init(init_key, jnp.zeros((1, game.obs_size)))
    return TrainState(
        params=params,
        opt_state=optimizer.init(params),
        obs_stats=normalize.init((game.obs_size,)),
        return_stats=normalize.init(()),
        accumulators=Accumulators.zeros(num_envs, game.num_cars),
        key=jax.random.key_data(key),
        updates=jnp.zeros((), jnp.int32),
        env_steps=jnp.zeros(2, jnp.uint32),
        stage=jnp.zeros((), jnp.int32),
        stage_averages={name: jnp.zeros(()) for name in (*game.statistic_names, *stage_figures)},
        stage_starts=jnp.zeros((MAX_STAGES, 2), jnp.uint32),
        best_eval_reward=jnp.float32(-jnp.inf),
        reward_carry=first_memory(game.memory_terms, num_envs, game.num_cars),
        mean_params=params if averages else None,
    )


def as_int(words: Any) -> int:
    """Two uint32 words, the high one first, as a Python int."""
    high, low = (int(word) for word in np.asarray(words))
    return (high << 32) | low


def as_float(words: jax.Array) -> jax.Array:
    """Two uint32 words, the high one first, as `[]` float32, to one part in 16 million."""
    high, low = words.astype(jnp.float32)
    return high * 2.0**32 + low


def add_steps(env_steps: jax.Array, more: int) -> jax.Array:
    """`env_steps` (two uint32 words) plus `more` < 2**32."""
    high, low = env_steps
    new_low = low + jnp.uint32(more)
    return jnp.stack([high + (new_low < low).astype(jnp.uint32), new_low])
