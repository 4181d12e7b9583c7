"""Stages: a run goes on to the next one when the bot has become good enough. Part of the pure update."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.config.schema import Config

DECAY = 0.9  # of the running means, an update: they look back over some 10 updates


def advance(
    config: Config, stage: jax.Array, averages: dict[str, jax.Array], statistics: dict[str, jax.Array]
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """Stage and running means after an update whose rollout had these `statistics` (scalars).

    The means start at zero in every stage, so that no stage begins on the strength of a single rollout.
    """
    stages = config.curriculum.stages
    averages = {name: DECAY * averages[name] + (1 - DECAY) * value for name, value in statistics.items()}
    if not stages:
        return stage, averages
    # [S + 1, K]: what each stage has to reach; the last one ends with the run
    bars = [[each.after.get(name, -np.inf) for name in averages] for each in stages]
    bars = jnp.array([*bars, [np.inf] * len(averages)], jnp.float32)
    over = (jnp.stack(list(averages.values())) >= bars[stage]).all()
    return stage + over, {name: jnp.where(over, 0, mean) for name, mean in averages.items()}
