"""From a rollout of raw states to what the loss learns from: one pass over the whole rollout, nothing is learnt yet."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxrl.config.schema import Normalization, Training
from jaxrl.game.game import Game
from jaxrl.game.masks import mask
from jaxrl.game.rewards.memory import Carries
from jaxrl.game.rewards.sharing import Payment, paid
from jaxrl.nets.actor_critic import ActorCritic
from jaxrl.ppo import normalize, weighted
from jaxrl.ppo.curriculum import of_stage
from jaxrl.ppo.gae import gae
from jaxrl.ppo.loss import Minibatch, log_probs_of
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.reward_memory import follow_memory
from jaxrl.ppo.train_state import TrainState
from jaxrl.sim.rollout import Rollout

Weights = Mapping[str, ArrayLike | Payment]  # by reward term


class Rewards(NamedTuple):
    """Rewards of a rollout, 0 where a transition has no weight."""

    total: jax.Array  # [T, N, C] float32
    terms: dict[str, jax.Array]  # shared and weighted, [T, N, C]; their sum is the total
    own: dict[str, jax.Array]  # of the shared terms, [T, N, C]: weighted, before they are shared


class Targets(NamedTuple):
    """The data to learn from, and everything measured on the way there."""

    data: Minibatch  # all transitions, [T x N x C]
    raw_obs: jax.Array  # [T + 1, N, C, D] float32, before normalisation
    final_obs: jax.Array  # [E, C, D] float32, normalised: of the true last states
    next_states: jax.Array  # [T, N, F] float32: the true ones
    rewards: Rewards
    reward_carry: Carries  # of the terms that have one, at the end of the rollout
    explained_variance: jax.Array  # [] float32, of the returns by the values
    value: jax.Array  # [] float32, mean of the values, in rewards that are not normalised


def compute_targets(
    game: Game,
    network: ActorCritic,
    trainings: Sequence[Training],
    normalization: Normalization,
    state: TrainState,
    rollout: Rollout,
    reward_weights: Weights,
) -> Targets:
    """Observations, values, rewards and advantages of a rollout under the parameters and statistics of `state`.

    `trainings` are the section `training` as every stage has it. Log-probabilities are those of the policy that
    collected it: kept in the rollout, where that was an earlier one.

    A transition with weight 0 counts for nothing: it gives no reward, no part of a mean, and its entries in `data` are
    0 whatever the states were. A value that another transition bootstraps from still counts.
    """
    # Observe, and run the network once over all T + 1 states
    raw_obs = game.observe(rollout.states)
    obs = normalize_obs(normalization, state.obs_stats, raw_obs)
    logits, values = cast(tuple[jax.Array, jax.Array], network.apply(state.params, obs))

    # Values of the true next states: where an episode ended, of its last state and not of the reset that follows
    final_obs = normalize_obs(normalization, state.obs_stats, game.observe(rollout.final_states))
    final_values = network.apply(state.params, final_obs, method="value")
    next_states = rollout.next_states()
    next_values = rollout.put_ends(values[1:], final_values)

    # Rewards, advantages and returns
    rewards, reward_carry = compute_rewards(game, rollout, next_states, state.reward_carry, reward_weights)
    terminated, truncated = (
        jnp.broadcast_to(flag[..., None], rewards.total.shape) for flag in (rollout.terminated, rollout.truncated)
    )
    advantages, returns = gae(
        normalize_rewards(normalization, state.return_stats, rewards.total),
        values[:-1],
        next_values,
        terminated,
        truncated,
        of_stage([training.gamma for training in trainings], state.stage),
        of_stage([training.gae_lambda for training in trainings], state.stage),
    )

    # Transitions in the network's own frame, end to end
    weight = rollout.weight
    spread = jnp.sqrt(weighted.variance(advantages, weight))
    chosen = game.from_world(rollout.states[:-1], rollout.actions)
    allowed = None if game.allowed is None else game.allowed(rollout.states[:-1])
    log_probs = rollout.log_probs
    if log_probs is None:
        log_probs = log_probs_of(mask(logits[:-1], allowed), chosen)
    data = Minibatch(
        obs=obs[:-1],
        actions=chosen,
        log_probs=log_probs,
        advantages=(advantages - weighted.mean(advantages, weight)) / (spread + 1e-8),
        returns=returns,
        weights=weight,
        allowed=allowed,
    )
    data = jax.tree.map(lambda x: weighted.zero_unweighted(x, weight).reshape(-1, *x.shape[3:]), data)
    unexplained = weighted.variance(returns - values[:-1], weight) / (weighted.variance(returns, weight) + 1e-8)
    value = in_rewards(normalization, state.return_stats, weighted.mean(values[:-1], weight))
    return Targets(data, raw_obs, final_obs, next_states, rewards, reward_carry, 1 - unexplained, value)


def compute_rewards(
    game: Game,
    rollout: Rollout,
    next_states: jax.Array,
    memory: Carries,
    reward_weights: Weights,
) -> tuple[Rewards, Carries]:
    """What every reward term pays, and the sum; and the memory of the terms after the rollout."""
    decisions = rollout.states[:-1], next_states, rollout.actions
    done = rollout.terminated | rollout.truncated
    terms = game.rewards(*decisions)
    memory, remembering = follow_memory(game.memory_terms, memory, *decisions, done)
    terms |= remembering
    payments = {name: paid(term, reward_weights[name]) for name, term in terms.items()}
    shared = {name: weight for name, weight in reward_weights.items() if isinstance(weight, Payment)}
    own = {name: payment.weight * terms[name] for name, payment in shared.items()}
    total = sum(payments.values(), jnp.zeros(rollout.actions.shape))
    return jax.tree.map(lambda x: weighted.zero_unweighted(x, rollout.weight), Rewards(total, payments, own)), memory


def normalize_obs(normalization: Normalization, obs_stats: RunningStats, raw_obs: jax.Array) -> jax.Array:
    """Observations `[..., D]` as the network sees them."""
    if not normalization.observations:
        return raw_obs
    return normalize.normalize(obs_stats, raw_obs, normalization.clip_observations)


def normalize_rewards(normalization: Normalization, return_stats: RunningStats, rewards: jax.Array) -> jax.Array:
    """Rewards `[...]` as the critic learns them."""
    return normalize.rescale(return_stats, rewards, normalization.clip_rewards) if normalization.returns else rewards


def in_rewards(normalization: Normalization, return_stats: RunningStats, values: jax.Array) -> jax.Array:
    """Values `[...]` of the critic on the scale of the rewards that the config pays."""
    return normalize.unscale(return_stats, values) if normalization.returns else values


def statistics_of(game: Game, rollout: Rollout, next_states: jax.Array) -> dict[str, jax.Array]:
    """Means of the game's statistics, {name: [] float32}; one of an arena counts where any of its cars has weight."""
    values: dict[str, Any] = game.statistics(rollout.states[:-1], next_states)
    of_cars = rollout.weight
    of_arena = None if of_cars is None else of_cars.max(-1)
    return {
        name: weighted.mean(value, of_arena if value.ndim == rollout.terminated.ndim else of_cars)
        for name, value in values.items()
    }
