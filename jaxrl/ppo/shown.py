"""What is only shown of a rollout: figures, a user's own metrics, entropies. Nothing is learnt from it.

It is a program of its own beside the update, so that whatever is shown cannot change a bit of what is learnt.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.game.figures import Figure, measure, values
from jaxrl.game.game import Game
from jaxrl.game.rewards.checked import checked_value
from jaxrl.game.state import unpack
from jaxrl.ppo import weighted
from jaxrl.sim.rollout import Rollout

SAMPLED = 16  # one decision of so many is enough for the entropies, which take an inference


class Shown(NamedTuple):
    """Scalars by name; NaN where there is none (no touch, so no height of touches)."""

    figures: Mapping[str, jax.Array] = {}
    metrics: Mapping[str, jax.Array] = {}  # means of the user's own
    entropies: Mapping[str, jax.Array] = {}  # nats, by choice


def shown_of(game: Game, logits: Callable[[jax.Array], jax.Array], rollout: Rollout, tick_skip: int) -> Shown:
    """What a rollout shows; `logits` gives those of the policy that collected it: `[..., F]` -> `[..., C, A]`."""
    states, next_states = rollout.states[:-1], rollout.next_states()
    metrics = user_metrics(game, states, next_states, rollout.actions)
    return Shown(
        figures=figures_of(game.figures, rollout, next_states, tick_skip),
        metrics={
            name: weighted.mean(weighted.zero_unweighted(value, rollout.weight), rollout.weight)
            for name, value in metrics.items()
        },
        entropies=entropies(game.choices, logits(states[::SAMPLED])) if game.choices else {},
    )


def figures_of(
    figures: Sequence[Figure], rollout: Rollout, next_states: jax.Array, tick_skip: int
) -> dict[str, jax.Array]:
    """Figures of all transitions of a rollout, by name."""
    if not figures:
        return {}
    done = rollout.terminated | rollout.truncated
    sums = measure(figures, rollout.states[:-1], next_states, rollout.actions, done, tick_skip, rollout.weight)
    return values(figures, sums, tick_skip)


def user_metrics(game: Game, states: jax.Array, next_states: jax.Array, actions: jax.Array) -> dict[str, jax.Array]:
    """The user's metrics `[..., C]` float32; raises UserError for one that fails or gives something else."""
    state, next_state = unpack(states), unpack(next_states)
    return {
        name: jnp.asarray(checked_value(name, function, state, next_state, actions, "metric")).astype(jnp.float32)
        for name, function in game.metrics.items()
    }


def entropies(choices: Mapping[str, np.ndarray], logits: jax.Array) -> dict[str, jax.Array]:
    """Mean entropy in nats of each choice under `logits` `[..., A]`, whatever the rest of the action is."""
    chances = jax.nn.softmax(logits)
    of_choices = {name: chances @ jnp.asarray(members) for name, members in choices.items()}
    return {name: jax.scipy.special.entr(chance).sum(-1).mean() for name, chance in of_choices.items()}
