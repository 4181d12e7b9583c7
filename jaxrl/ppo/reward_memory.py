"""Reward terms with memory over whole rollouts: one scan for all of them, and none where there is none."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from jaxrl.game.rewards.memory import Carries, Carry, MemoryTerm, begin, restart, step
from jaxrl.game.state import unpack


def first_memory(terms: Mapping[str, MemoryTerm], num_envs: int, num_cars: int) -> dict[str, Carry]:
    """The memory of every term at the start of episodes, {name: carry `[N, C]` float32}."""
    return jax.tree.map(jnp.asarray, begin(terms, (num_envs, num_cars)))


def follow_memory(
    terms: Mapping[str, MemoryTerm],
    memory: Carries,
    states: jax.Array,
    next_states: jax.Array,
    actions: jax.Array,
    done: jax.Array,
) -> tuple[Carries, dict[str, jax.Array]]:
    """Carry the memory of all terms through T decisions; returns it at their end, and the values {name: `[T, N, C]`}.

    `states` and `next_states` (the true ones) `[T, N, F]` float32, `actions` `[T, N, C]` int32, `done` `[T, N]` bool.
    """
    if not terms:
        return memory, {}

    def decide(memory: Carries, inputs: tuple[jax.Array, ...]) -> tuple[Carries, dict[str, jax.Array]]:
        before, after, chosen, ended = inputs
        memory, values = step(terms, memory, unpack(before), unpack(after), chosen)
        return restart(terms, memory, ended), values

    return jax.lax.scan(decide, memory, (states, next_states, actions, done))
