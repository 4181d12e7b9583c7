"""One PPO update: from a rollout of raw states to the next TrainState, as one pure function to be jitted whole."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrl.config.schema import Config
from jaxrl.game.game import Game
from jaxrl.nets.actor_critic import ActorCritic
from jaxrl.nets.sampling import sample
from jaxrl.ppo import normalize
from jaxrl.ppo.curriculum import advance
from jaxrl.ppo.gae import gae
from jaxrl.ppo.loss import LossMetrics, Minibatch, log_probs_of, ppo_loss
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.not_finite import NotFinite, not_finite
from jaxrl.ppo.optimizer import entropy_schedule, learning_rate_schedule, make_optimizer
from jaxrl.ppo.train_state import Accumulators, TrainState, add_steps, init_train_state
from jaxrl.sim.rollout import Rollout

Array = jax.Array | np.ndarray


class Metrics(NamedTuple):
    """Scalars of one update; NaN where there is nothing to say (no episode ended)."""

    loss: LossMetrics  # means over all minibatches
    first_ratio_error: jax.Array  # largest |ratio - 1| in the first minibatch: 0 but for rounding
    gradient_norm: jax.Array  # before clipping
    explained_variance: jax.Array  # of the returns by the values
    learning_rate: jax.Array  # at the first optimizer step of this update
    entropy_coef: jax.Array
    stage: jax.Array  # of the curriculum that the rollout belongs to
    not_finite: NotFinite  # where NaN or infinity was met; if anywhere, the update was dropped
    reward: jax.Array  # mean a decision and car, weighted and not normalised
    reward_terms: dict[str, jax.Array]  # its parts: weight x mean of each term
    statistics: dict[str, jax.Array]  # means of the game's statistics
    episode_return: jax.Array
    episode_steps: jax.Array  # decisions
    episodes: jax.Array  # how many ended


class Rewards(NamedTuple):
    """Rewards of a rollout."""

    total: jax.Array  # [T, N, C]
    terms: dict[str, jax.Array]  # weighted, [T, N, C]; their sum is the total


@dataclass(frozen=True)
class PPO:
    """The learning algorithm for one game: static, without state of its own."""

    config: Config
    game: Game

    @cached_property
    def network(self) -> ActorCritic:
        """Actor and critic, computing in the precision of the config."""
        dtype = jnp.bfloat16 if self.config.accelerator.precision == "bfloat16" else jnp.float32
        return ActorCritic(self.config.network, self.game.num_actions, dtype)

    @cached_property
    def optimizer(self) -> optax.GradientTransformation:
        """See `make_optimizer`."""
        return make_optimizer(self.config)

    def init(self) -> TrainState:
        """The state of a new run."""
        return init_train_state(self.config, self.game, self.network, self.optimizer)

    def observe(self, obs_stats: RunningStats, states: Array) -> jax.Array:
        """Normalised observations `[..., C, D]` of raw states `[..., F]`."""
        return self._normalize(obs_stats, self.game.observe(jnp.asarray(states)))

    def logits(self, params: Any, obs_stats: RunningStats, states: Array) -> jax.Array:
        """The policy's logits `[..., C, A]` in raw states `[..., F]`."""
        return self.network.apply(params, self.observe(obs_stats, states), method="logits")

    def act(self, params: Any, obs_stats: RunningStats, states: Array, uniforms: Array) -> jax.Array:
        """Samples actions `[N, C]` int32 in raw states `[N, F]`.

        `uniforms` `[N, C]` float32 in [0, 1) are drawn on the host, see `sample`.
        """
        chosen = sample(self.logits(params, obs_stats, states), jnp.asarray(uniforms))
        return self.game.to_world(jnp.asarray(states), chosen)

    def update(
        self, state: TrainState, rollout: Rollout, reward_weights: dict[str, Array]
    ) -> tuple[TrainState, Metrics]:
        """Learns from `rollout`; `reward_weights` has a scalar for every term of the game."""
        rollout = Rollout(*(jnp.asarray(array) for array in rollout))
        training = self.config.training
        raw_obs = self.game.observe(rollout.states)
        obs = self._normalize(state.obs_stats, raw_obs)
        logits, values = self.network.apply(state.params, obs)
        final_obs = self.observe(state.obs_stats, rollout.final_states)
        final_values = self.network.apply(state.params, final_obs, method="value")

        index = tuple(rollout.final_index.T)  # rows with t = T fall outside and are dropped
        next_states = rollout.states[1:].at[index].set(rollout.final_states, mode="drop")
        next_values = values[1:].at[index].set(final_values, mode="drop")
        rewards = self._rewards(rollout, next_states, reward_weights)
        terminated, truncated = (
            jnp.broadcast_to(flag[..., None], rewards.total.shape) for flag in (rollout.terminated, rollout.truncated)
        )
        advantages, returns = gae(
            self._normalize_rewards(state.return_stats, rewards.total),
            values[:-1],
            next_values,
            terminated,
            truncated,
            training.gamma,
            training.gae_lambda,
        )
        chosen = self.game.from_world(rollout.states[:-1], rollout.actions)
        data = Minibatch(
            obs[:-1],
            chosen,
            log_probs_of(logits[:-1], chosen),
            (advantages - advantages.mean()) / (advantages.std() + 1e-8),
            returns,
        )
        flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[3:]), data)
        key, shuffle_key = jax.random.split(jax.random.wrap_key_data(state.key))
        params, opt_state, gradient_steps, losses, gradient_norms = self._optimize(state, flat, shuffle_key)

        accumulators, discounted, episodes = _run_accumulators(
            state.accumulators, rewards.total, rollout, training.gamma
        )
        new_state = state.replace(
            params=params,
            opt_state=opt_state,
            obs_stats=normalize.update(state.obs_stats, raw_obs[:-1]),
            return_stats=normalize.update(state.return_stats, discounted),
            accumulators=accumulators,
            key=jax.random.key_data(key),
            updates=state.updates + 1,
            gradient_steps=gradient_steps,
            env_steps=add_steps(state.env_steps, rollout.terminated.size),
        )
        statistics = {
            name: value.mean() for name, value in self.game.statistics(rollout.states[:-1], next_states).items()
        }
        stage, stage_averages = advance(self.config, state.stage, state.stage_averages, statistics)
        new_state = new_state.replace(stage=stage, stage_averages=stage_averages)
        bad = NotFinite(
            observation=not_finite((raw_obs, final_obs)),
            reward_terms={name: not_finite(values) for name, values in rewards.terms.items()},
            loss=not_finite(losses),
            parameters=not_finite((params, opt_state)),
            statistics=not_finite(
                (new_state.obs_stats, new_state.return_stats, new_state.accumulators, new_state.stage_averages)
            ),
        )
        poisoned = bad.any()
        # the rollout is spent either way: counters go on, all that was learnt from it is dropped
        kept = state.replace(updates=new_state.updates, env_steps=new_state.env_steps, key=new_state.key)
        new_state = jax.tree.map(lambda old, new: jnp.where(poisoned, old, new), kept, new_state)
        metrics = Metrics(
            loss=jax.tree.map(jnp.mean, losses),
            first_ratio_error=losses.max_ratio_error[0, 0],
            gradient_norm=gradient_norms.mean(),
            explained_variance=1 - jnp.var(returns - values[:-1]) / (jnp.var(returns) + 1e-8),
            learning_rate=jnp.asarray(learning_rate_schedule(self.config)(state.gradient_steps)),
            entropy_coef=jnp.asarray(entropy_schedule(self.config)(state.gradient_steps)),
            stage=state.stage,
            not_finite=bad,
            reward=rewards.total.mean(),
            reward_terms={name: term.mean() for name, term in rewards.terms.items()},
            statistics=statistics,
            **episodes,
        )
        return new_state, metrics

    def _normalize(self, obs_stats: RunningStats, raw_obs: jax.Array) -> jax.Array:
        settings = self.config.normalization
        return normalize.normalize(obs_stats, raw_obs, settings.clip_observations) if settings.observations else raw_obs

    def _normalize_rewards(self, return_stats: RunningStats, rewards: jax.Array) -> jax.Array:
        settings = self.config.normalization
        return normalize.rescale(return_stats, rewards, settings.clip_rewards) if settings.returns else rewards

    def _rewards(self, rollout: Rollout, next_states: jax.Array, weights: dict[str, Array]) -> Rewards:
        terms = self.game.rewards(rollout.states[:-1], next_states, rollout.actions)
        weighted = {name: weights[name] * term for name, term in terms.items()}
        return Rewards(sum(weighted.values(), jnp.zeros(rollout.actions.shape)), weighted)

    def _optimize(
        self, state: TrainState, data: Minibatch, key: jax.Array
    ) -> tuple[Any, optax.OptState, jax.Array, LossMetrics, jax.Array]:
        """All epochs over `data` `[B, ...]`; metrics come back as `[n_epochs, n_minibatches]`."""
        training = self.config.training
        num_transitions = data.actions.shape[0]
        learning_rate, entropy_coef = learning_rate_schedule(self.config), entropy_schedule(self.config)

        def loss_of(params: Any, batch: Minibatch, step: jax.Array) -> tuple[jax.Array, LossMetrics]:
            logits, values = self.network.apply(params, batch.obs)
            return ppo_loss(logits, values, batch, training.clip_range, training.vf_coef, entropy_coef(step))

        def minibatch_step(carry: tuple, rows: jax.Array) -> tuple[tuple, tuple[LossMetrics, jax.Array]]:
            params, opt_state, step = carry
            batch = jax.tree.map(lambda x: x[rows], data)
            gradients, metrics = jax.grad(loss_of, has_aux=True)(params, batch, step)
            directions, opt_state = self.optimizer.update(gradients, opt_state, params)
            params = optax.apply_updates(params, optax.tree.scale(-learning_rate(step), directions))
            return (params, opt_state, step + 1), (metrics, optax.tree.norm(gradients))

        def epoch(carry: tuple, epoch_key: jax.Array) -> tuple[tuple, tuple[LossMetrics, jax.Array]]:
            order = jax.random.permutation(epoch_key, num_transitions)
            return jax.lax.scan(minibatch_step, carry, order.reshape(training.n_minibatches, -1))

        carry = (state.params, state.opt_state, state.gradient_steps)
        carry, (losses, norms) = jax.lax.scan(epoch, carry, jax.random.split(key, training.n_epochs))
        return *carry, losses, norms


def _run_accumulators(
    start: Accumulators, rewards: jax.Array, rollout: Rollout, gamma: float
) -> tuple[Accumulators, jax.Array, dict[str, jax.Array]]:
    """Carries the sums of the running episodes through the rollout.

    Returns the sums at its end, the discounted return at every decision `[T, N, C]`, and means over ended episodes.
    """
    done = rollout.terminated | rollout.truncated

    def step(sums: Accumulators, inputs: tuple[jax.Array, jax.Array]) -> tuple[Accumulators, Accumulators]:
        reward, ended = inputs
        sums = Accumulators(
            reward + gamma * sums.discounted_return, sums.episode_return + reward, sums.episode_steps + 1
        )
        kept = jax.tree.map(lambda x: jnp.where(ended.reshape(-1, *[1] * (x.ndim - 1)), 0, x).astype(x.dtype), sums)
        return kept, sums

    end, history = jax.lax.scan(step, start, (rewards, done))
    count = done.sum()
    mean_return = (history.episode_return.mean(-1) * done).sum() / count
    mean_steps = (history.episode_steps * done).sum() / count
    return end, history.discounted_return, dict(episode_return=mean_return, episode_steps=mean_steps, episodes=count)
