"""What the reward terms of a run pay at a point of it: the weights of the config as numbers."""

from collections.abc import Sequence

import numpy as np

from jaxrl.config.rewards import as_reward_weight
from jaxrl.config.schema import Config
from jaxrl.game.rewards.sharing import Payment


def reward_weights(
    config: Config, stage: int = 0, env_steps: float = 0, stage_starts: Sequence[int] = ()
) -> dict[str, np.float32 | Payment]:
    """Reward weights of a stage after `env_steps` of the run, by term, as the update takes them.

    `stage_starts` are the environment steps at which later stages began; infinite `env_steps` give the weights with
    which the stage ends. Terms that are shared in any stage have a `Payment` in all, for the update is compiled once.
    """
    weights, shared, since = {}, shared_rewards(config), weighed_since(config, stage)
    for term, value in config.reward_weights(stage).items():
        weight = as_reward_weight(value)
        began = stage_starts[since[term] - 1] if since[term] and stage_starts else 0
        number, *sharing = (np.float32(x) for x in (weight.at(env_steps - began), weight.zero_sum, weight.team_spirit))
        weights[term] = Payment(number, *sharing) if term in shared else number
    return weights


def weighed_since(config: Config, stage: int) -> dict[str, int]:
    """For every reward term of the run the stage that gave it the weight which it has in `stage`."""
    since = dict.fromkeys(config.reward_weights(0), 0)
    for number, later in enumerate(config.curriculum.stages[:stage], 1):
        since |= dict.fromkeys(later.rewards, number)
    return since


def shared_rewards(config: Config) -> frozenset[str]:
    """The reward terms that are shared between cars in any stage."""
    weights = [config.rewards, *(each.rewards for each in config.curriculum.stages)]
    return frozenset(name for each in weights for name, weight in each.items() if as_reward_weight(weight).is_shared)
