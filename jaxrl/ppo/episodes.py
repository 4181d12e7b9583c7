"""Sums over running episodes, which pass from one rollout to the next."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxrl.ppo.train_state import Accumulators
from jaxrl.sim.rollout import Rollout


class Episodes(NamedTuple):
    """The sums of running episodes carried through a rollout, and means over the episodes that ended in it."""

    accumulators: Accumulators  # at the end of the rollout
    discounted_returns: jax.Array  # [T, N, C] float32, of the episode so far at every decision
    mean_return: jax.Array  # [] float32; NaN if none ended
    mean_steps: jax.Array  # [] float32, decisions; NaN if none ended
    count: jax.Array  # [] int32: how many ended with a car that has weight


def follow_episodes(start: Accumulators, rewards: jax.Array, rollout: Rollout, gamma: float | jax.Array) -> Episodes:
    """Carry the sums of the running episodes through the rollout; `rewards` `[T, N, C]` are not normalised."""
    done = rollout.terminated | rollout.truncated

    def step(sums: Accumulators, inputs: tuple[jax.Array, jax.Array]) -> tuple[Accumulators, Accumulators]:
        reward, ended = inputs
        sums = Accumulators(
            reward + gamma * sums.discounted_return, sums.episode_return + reward, sums.episode_steps + 1
        )
        kept = jax.tree.map(lambda x: jnp.where(ended.reshape(-1, *[1] * (x.ndim - 1)), 0, x).astype(x.dtype), sums)
        return kept, sums

    end, history = jax.lax.scan(step, start, (rewards, done))
    weight = rollout.weight
    counted = (done if weight is None else done & (weight > 0).any(-1)).astype(jnp.float32)
    count = counted.sum()
    # mean over the cars of an arena
    if weight is None:
        returns = history.episode_return.mean(-1)
    else:
        returns = (history.episode_return * weight).sum(-1) / jnp.where(weight.sum(-1) > 0, weight.sum(-1), 1)
    return Episodes(
        accumulators=end,
        discounted_returns=history.discounted_return,
        mean_return=(returns * counted).sum() / count,
        mean_steps=(history.episode_steps.astype(jnp.float32) * counted).sum() / count,
        count=count.astype(jnp.int32),
    )
