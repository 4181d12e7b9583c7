"""The PPO loss of a minibatch: clipped objective, value error, entropy bonus (Schulman et al. 2017, eq. 7 and 9)."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxrl.game.masks import mask
from jaxrl.ppo import weighted


class Minibatch(NamedTuple):
    """Transitions `[B]` as the loss needs them."""

    obs: jax.Array  # [B, D] float32, normalised
    actions: jax.Array  # [B] int32
    log_probs: jax.Array  # [B] float32, under the policy that collected them
    advantages: jax.Array  # [B] float32
    returns: jax.Array  # [B] float32
    weights: jax.Array | None = None  # [B] float32: 1 = learn from it, 0 = leave it out; None = all 1
    allowed: jax.Array | None = None  # [B, A] bool: what could be chosen; None = all


class LossMetrics(NamedTuple):
    """Scalars of one minibatch."""

    loss: jax.Array
    policy_loss: jax.Array
    value_loss: jax.Array
    entropy: jax.Array
    approx_kl: jax.Array
    clip_fraction: jax.Array
    max_ratio_error: jax.Array  # largest |ratio - 1|


def log_probs_of(logits: jax.Array, actions: jax.Array) -> jax.Array:
    """Log-probabilities `[...]` of `actions` `[...]` under `logits` `[..., A]`."""
    return jnp.take_along_axis(jax.nn.log_softmax(logits), actions[..., None], axis=-1)[..., 0]


def ppo_loss(
    logits: jax.Array,
    values: jax.Array,
    batch: Minibatch,
    clip_range: float,
    vf_coef: float,
    ent_coef: jax.Array | float,
) -> tuple[jax.Array, LossMetrics]:
    """Loss to be minimised, and its parts, all of them weighted means over the minibatch.

    `logits` `[B, A]` and `values` `[B]` are the network's of `batch.obs`. Masked actions have the probability 0, and so
    no part in the entropy.
    approx_kl is mean((ratio - 1) - log ratio), which is never negative (Schulman 2020, "Approximating KL divergence").
    """
    mean = partial(weighted.mean, weights=batch.weights)
    all_log_probs = jax.nn.log_softmax(mask(logits, batch.allowed))
    log_probs = jnp.take_along_axis(all_log_probs, batch.actions[:, None], axis=-1)[:, 0]
    log_ratio = weighted.zero_unweighted(log_probs - batch.log_probs, batch.weights)
    ratio = jnp.exp(log_ratio)
    clipped = jnp.clip(ratio, 1 - clip_range, 1 + clip_range)
    policy_loss = -mean(jnp.minimum(ratio * batch.advantages, clipped * batch.advantages))
    value_loss = 0.5 * mean(jnp.square(values - batch.returns))
    entropy = -mean((jnp.exp(all_log_probs) * all_log_probs).sum(-1))
    loss = policy_loss + vf_coef * value_loss - ent_coef * entropy
    metrics = LossMetrics(
        loss=loss,
        policy_loss=policy_loss,
        value_loss=value_loss,
        entropy=entropy,
        approx_kl=mean((ratio - 1) - log_ratio),
        clip_fraction=mean(jnp.abs(ratio - 1) > clip_range),
        max_ratio_error=jnp.abs(ratio - 1).max(),
    )
    return loss, metrics
