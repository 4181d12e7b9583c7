"""Stages of a run: the next one starts when the bot is good enough. Part of the pure update."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.config.curriculum import DECAY, Stage
from jaxrl.config.types import ENV_STEPS
from jaxrl.game.figures import STATISTICS


def advance(
    stages: Sequence[Stage],
    stage: jax.Array,
    averages: dict[str, jax.Array],
    statistics: dict[str, jax.Array],
    env_steps: jax.Array,
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """Stage and running means after an update whose rollout had these `statistics` (scalars), `env_steps` into the run.

    The means start at zero in every stage, so that no stage begins on the strength of a single rollout. Where there is
    no value (no flip, so no speed gained by flips) the mean stays.
    """
    statistics = {
        name: value if name in STATISTICS else jnp.where(jnp.isnan(value), averages[name], value)
        for name, value in statistics.items()
    }
    averages = {name: DECAY * averages[name] + (1 - DECAY) * value for name, value in statistics.items()}
    if not stages:
        return stage, averages
    # [S + 1, K]: what each stage has to reach; the last stage ends with the run
    reached = averages | {ENV_STEPS: env_steps}
    bars = [[each.after.get(name, -np.inf) for name in reached] for each in stages]
    bars = jnp.array([*bars, [np.inf] * len(reached)], jnp.float32)
    over = (jnp.stack(list(reached.values())) >= bars[stage]).all()
    return stage + over.astype(stage.dtype), {name: jnp.where(over, 0, mean) for name, mean in averages.items()}


def of_stage(values: Sequence[float], stage: jax.Array) -> float | jax.Array:
    """The one of `values`, a number for every stage, that the stage has; a plain number where all are the same."""
    return values[0] if len({*values}) == 1 else jnp.array(values, jnp.float32)[stage]
