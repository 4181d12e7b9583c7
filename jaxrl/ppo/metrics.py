"""What one update reports: scalars that stay on the device until somebody asks for them."""

from typing import NamedTuple

import jax

from jaxrl.ppo.loss import LossMetrics
from jaxrl.ppo.not_finite import NotFinite
from jaxrl.ppo.shown import Shown


class Metrics(NamedTuple):
    """Scalars of one update; NaN where there is no figure (no episode ended)."""

    loss: LossMetrics  # means over all minibatches
    first_ratio_error: jax.Array  # largest |ratio - 1| in the first minibatch: 0 but for rounding
    first_kl: jax.Array  # of the policy that collected from the one that learns, before its first optimizer step
    gradient_norm: jax.Array  # before clipping
    explained_variance: jax.Array  # of the returns by the values
    value: jax.Array  # mean of the values, in rewards: what a car expects from here on
    learning_rate: jax.Array  # at the first optimizer step of this update
    entropy_coef: jax.Array
    stage: jax.Array  # of the curriculum that the rollout belongs to
    not_finite: NotFinite  # where NaN or infinity appeared; if anywhere, the update was dropped
    reward: jax.Array  # mean a decision and car, weighted and not normalised
    reward_terms: dict[str, jax.Array]  # its parts: what each term pays, weight x mean where it is not shared
    own_terms: dict[str, jax.Array]  # weight x mean of the shared terms, before they are shared
    statistics: dict[str, jax.Array]  # means of the game's statistics
    episode_return: jax.Array
    episode_steps: jax.Array  # decisions
    episodes: jax.Array  # how many ended
    shown: Shown = Shown()
