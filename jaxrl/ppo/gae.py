"""Generalised advantage estimation (Schulman et al. 2016, eq. 11) that tells truncation from termination."""

import jax
import jax.numpy as jnp


def gae(
    rewards: jax.Array,
    values: jax.Array,
    next_values: jax.Array,
    terminated: jax.Array,
    truncated: jax.Array,
    gamma: float | jax.Array,
    gae_lambda: float | jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Advantages and returns (targets of the value), both `[T, ...]` float32.

    rewards, values, next_values, terminated, truncated: `[T, ...]`. `next_values` are the values of the true next
    states: where an episode ended, of its last state and not of the reset that follows. A terminal state is not
    bootstrapped from; a truncated one is. No advantage crosses either.
    """
    for array in (values, next_values, terminated, truncated):
        if array.shape != rewards.shape:
            raise ValueError(f"gae: shapes differ: {array.shape} and {rewards.shape}")
    deltas = rewards + gamma * next_values * (~terminated).astype(values.dtype) - values
    carries_on = (~(terminated | truncated)).astype(values.dtype)

    def step(advantage: jax.Array, inputs: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        delta, alive = inputs
        advantage = delta + gamma * gae_lambda * alive * advantage
        return advantage, advantage

    _, advantages = jax.lax.scan(step, jnp.zeros_like(deltas[0]), (deltas, carries_on), reverse=True)
    return advantages, advantages + values
