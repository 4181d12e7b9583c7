"""One PPO update: from a rollout of raw states to the next TrainState, as one pure function to be jitted whole."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from jaxrl.config.batch import Batch
from jaxrl.config.schema import Config
from jaxrl.game.figures import FIGURES
from jaxrl.game.game import Game
from jaxrl.game.masks import mask
from jaxrl.game.rewards.memory import Carries
from jaxrl.nets.actor_critic import ActorCritic
from jaxrl.nets.precision import resolve
from jaxrl.nets.sampling import sample
from jaxrl.ppo import normalize, weighted
from jaxrl.ppo.averaging import averaged
from jaxrl.ppo.curriculum import advance, of_stage
from jaxrl.ppo.episodes import Episodes, follow_episodes
from jaxrl.ppo.loss import log_probs_of
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.minibatches import Optimized, optimize
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.not_finite import NotFinite, not_finite
from jaxrl.ppo.optimizer import entropy_schedule, learning_rate_schedule, make_optimizer
from jaxrl.ppo.shown import Shown, figures_of, shown_of
from jaxrl.ppo.spread import ONE_DEVICE, Spread
from jaxrl.ppo.targets import Targets, Weights, compute_rewards, compute_targets, normalize_obs, statistics_of
from jaxrl.ppo.train_state import Accumulators, TrainState, add_steps, as_float, init_train_state
from jaxrl.sim.rollout import Choice, Rollout


class Prepared(NamedTuple):
    """What an update finds out before its optimizer steps."""

    targets: Targets
    statistics: dict[str, jax.Array]
    episodes: Episodes
    key: jax.Array  # the next one of the state
    shuffle_key: jax.Array


@dataclass(frozen=True)
class PPO:
    """The learning algorithm for one game: static, without state of its own.

    The one place that takes the config apart: the steps of `update` are given the sections they need.
    """

    config: Config
    game: Game
    spread: Spread = ONE_DEVICE

    @cached_property
    def network(self) -> ActorCritic:
        """Actor and critic, computing in the precision of the config."""
        dtype = jnp.bfloat16 if resolve(self.config.accelerator.precision) == "bfloat16" else jnp.float32
        return ActorCritic(self.config.network, self.game.num_actions, dtype)

    @cached_property
    def optimizer(self) -> optax.GradientTransformation:
        """Clipped Adam without the learning rate, as `make_optimizer` builds it."""
        return make_optimizer(self.config.training.max_grad_norm)

    def init(self) -> TrainState:
        """The state of a new run."""
        config = self.config
        return init_train_state(
            config.training.seed,
            config.environment.num_envs,
            self.game,
            self.network,
            self.optimizer,
            config.curriculum.figures,
            config.training.averaging > 0,
        )

    def batch(self, rollout: Rollout) -> Batch:
        """What `rollout` is as a batch: its length tells of which stage it is."""
        return self.config.batch_of(len(rollout.actions))

    def observe(self, obs_stats: RunningStats, states: ArrayLike) -> jax.Array:
        """Normalised observations `[..., C, D]` of raw states `[..., F]`."""
        return normalize_obs(self.config.normalization, obs_stats, self.game.observe(jnp.asarray(states)))

    def logits(self, params: Any, obs_stats: RunningStats, states: ArrayLike) -> jax.Array:
        """The policy's logits `[..., C, A]` in raw states `[..., F]`, before any action is masked."""
        return cast(jax.Array, self.network.apply(params, self.observe(obs_stats, states), method="logits"))

    def allowed(self, states: ArrayLike) -> jax.Array | None:
        """Actions that may be chosen in raw states `[..., F]`, `[..., C, A]` bool; None if all may."""
        return None if self.game.allowed is None else self.game.allowed(jnp.asarray(states))

    def masked_logits(self, params: Any, obs_stats: RunningStats, states: ArrayLike) -> jax.Array:
        """As `logits`, with those of masked actions at a number so low that their probability is 0."""
        return mask(self.logits(params, obs_stats, states), self.allowed(states))

    def greedy(self, params: Any, obs_stats: RunningStats, states: ArrayLike) -> jax.Array:
        """Choose the most likely actions `[N, C]` int32 in raw states `[N, F]`."""
        logits = self.masked_logits(params, obs_stats, states)
        return self.game.to_world(jnp.asarray(states), logits.argmax(-1).astype(jnp.int32))

    def act(self, params: Any, obs_stats: RunningStats, states: ArrayLike, uniforms: ArrayLike) -> jax.Array:
        """Sample actions `[N, C]` int32 in raw states `[N, F]`.

        `uniforms` `[N, C]` float32 in [0, 1) are drawn on the host, see `sample`.
        """
        return self.act_with_log_probs(params, obs_stats, states, uniforms).actions

    def act_with_log_probs(
        self, params: Any, obs_stats: RunningStats, states: ArrayLike, uniforms: ArrayLike
    ) -> Choice:
        """As `act`, and the log-probabilities of the actions, `[N, C]` float32."""
        logits, allowed = self.logits(params, obs_stats, states), self.allowed(states)
        chosen = sample(logits, jnp.asarray(uniforms), allowed)
        log_probs = log_probs_of(mask(logits, allowed), chosen)
        return Choice(self.game.to_world(jnp.asarray(states), chosen), log_probs)

    def show(self, params: Any, obs_stats: RunningStats, rollout: Rollout) -> Shown:
        """What is only shown of a rollout that was collected with these parameters and statistics."""
        rollout = jax.tree.map(jnp.asarray, rollout)
        logits = partial(self.masked_logits, params, obs_stats)
        return shown_of(self.game, logits, rollout, self.config.environment.tick_skip)

    def update(self, state: TrainState, rollout: Rollout, reward_weights: Weights) -> tuple[TrainState, Metrics]:
        """Learn from `rollout`; `reward_weights` has a scalar, or a `Payment`, for every term of the game."""
        rollout = jax.tree.map(jnp.asarray, rollout)
        prepared = self.prepare(state, rollout, reward_weights)
        optimized = optimize(
            *(self.network, self.optimizer, self.config.trainings, self.batch(rollout)),
            *(state, prepared.targets.data, prepared.shuffle_key, self.spread),
        )
        return self.finish(state, rollout, prepared, optimized)

    def prepare(self, state: TrainState, rollout: Rollout, reward_weights: Weights) -> Prepared:
        """The first part of `update`, on the device: all that the optimizer steps need, and what follows anyway."""
        config = self.config
        targets = compute_targets(
            self.game, self.network, config.trainings, config.normalization, state, rollout, reward_weights
        )
        targets = targets._replace(data=self.spread.whole(targets.data))  # minibatches take rows from all over
        statistics = statistics_of(self.game, rollout, targets.next_states)
        episodes = follow_episodes(state.accumulators, targets.rewards.total, rollout, self._gamma(state.stage))
        key, shuffle_key = jax.random.split(jax.random.wrap_key_data(state.key))
        return Prepared(targets, statistics, episodes, key, shuffle_key)

    def follow(
        self, accumulators: Accumulators, memory: Carries, rollout: Rollout, reward_weights: Weights, stage: jax.Array
    ) -> tuple[Accumulators, Carries]:
        """What running episodes, and the reward terms that remember them, have added up after `rollout` in `stage`."""
        rollout = jax.tree.map(jnp.asarray, rollout)
        rewards, memory = compute_rewards(self.game, rollout, rollout.next_states(), memory, reward_weights)
        return follow_episodes(accumulators, rewards.total, rollout, self._gamma(stage)).accumulators, memory

    def finish(
        self, state: TrainState, rollout: Rollout, prepared: Prepared, optimized: Optimized
    ) -> tuple[TrainState, Metrics]:
        """The last part of `update`, once the optimizer steps are done; `state` is the one before them."""
        config, (targets, statistics, episodes, key, _) = self.config, prepared

        # Counters move on whatever was learnt
        counted = state.replace(
            key=jax.random.key_data(key),
            updates=state.updates + 1,
            env_steps=add_steps(state.env_steps, rollout.terminated.size),
        )

        # Merge statistics, advance the stage
        figures = figures_of(
            [FIGURES[name] for name in config.curriculum.figures],
            rollout,
            targets.next_states,
            config.environment.tick_skip,
        )
        stage, stage_averages = advance(
            *(config.curriculum.stages, state.stage, state.stage_averages, statistics | figures),
            as_float(counted.env_steps),
        )
        mean, before = state.mean_params, as_float(state.env_steps)
        if mean is not None:
            mean = averaged(mean, optimized.params, before / self.batch(rollout).env_steps, config.training.averaging)
        learnt = counted.replace(
            params=optimized.params,
            mean_params=mean,
            opt_state=optimized.opt_state,
            obs_stats=normalize.update(state.obs_stats, targets.raw_obs[:-1], rollout.weight),
            return_stats=normalize.update(state.return_stats, episodes.discounted_returns, rollout.weight),
            accumulators=episodes.accumulators,
            reward_carry=targets.reward_carry,
            stage=stage,
            stage_starts=note_start(state, stage, counted.env_steps),
            stage_averages=stage_averages,
        )

        # Drop all of it if a number is not finite
        bad = find_not_finite(rollout, targets, optimized, learnt)
        new_state = self.spread.whole(jax.tree.map(lambda old, new: jnp.where(bad.any(), old, new), counted, learnt))
        return new_state, self._metrics(state, rollout, targets, optimized, statistics, episodes, bad)

    def _gamma(self, stage: jax.Array) -> float | jax.Array:
        return of_stage([training.gamma for training in self.config.trainings], stage)

    def _metrics(
        self,
        state: TrainState,
        rollout: Rollout,
        targets: Targets,
        optimized: Optimized,
        statistics: dict[str, jax.Array],
        episodes: Episodes,
        bad: NotFinite,
    ) -> Metrics:
        """Everything to report; `state` is the one before the update."""
        schedules, now = (self.config.trainings, self.batch(rollout)), (as_float(state.env_steps), state.stage)
        return Metrics(
            loss=jax.tree.map(jnp.mean, optimized.losses),
            first_ratio_error=optimized.losses.max_ratio_error[0, 0],
            first_kl=optimized.losses.approx_kl[0, 0],
            gradient_norm=optimized.gradient_norms.mean(),
            explained_variance=targets.explained_variance,
            value=targets.value,
            learning_rate=jnp.asarray(learning_rate_schedule(*schedules)(*now)),
            entropy_coef=jnp.asarray(entropy_schedule(*schedules)(*now)),
            stage=state.stage,
            not_finite=bad,
            reward=weighted.mean(targets.rewards.total, rollout.weight),
            reward_terms={name: weighted.mean(term, rollout.weight) for name, term in targets.rewards.terms.items()},
            own_terms={name: weighted.mean(term, rollout.weight) for name, term in targets.rewards.own.items()},
            statistics=statistics,
            episode_return=episodes.mean_return,
            episode_steps=episodes.mean_steps,
            episodes=episodes.count,
        )


def note_start(state: TrainState, stage: jax.Array, env_steps: jax.Array) -> jax.Array:
    """`stage_starts` after an update from `state` that led to `stage` and `env_steps`."""
    began = state.stage_starts.at[state.stage].set(env_steps, mode="drop")
    return jnp.where(stage > state.stage, began, state.stage_starts)


def find_not_finite(rollout: Rollout, targets: Targets, optimized: Optimized, learnt: TrainState) -> NotFinite:
    """Places where NaN or infinity appeared in an update; transitions without weight do not count."""
    # slots of final states that are not used have t = T, outside of the rollout
    raw_obs, weight = targets.raw_obs, rollout.weight
    ends = None if weight is None else weight.at[tuple(rollout.final_index.T)].get(mode="fill", fill_value=0)
    observed = [
        weighted.zero_unweighted(raw_obs[:-1], weight),
        weighted.zero_unweighted(raw_obs[1:], weight),
        weighted.zero_unweighted(targets.final_obs, ends),
    ]
    last_weight = None if weight is None else weight[-1]
    remembered = jax.tree.map(lambda leaf: weighted.zero_unweighted(leaf, last_weight), targets.reward_carry)
    return NotFinite(
        observation=not_finite(observed),
        reward_terms={name: not_finite(values) for name, values in targets.rewards.terms.items()},
        reward_carry={name: not_finite(memory) for name, memory in remembered.items()},
        loss=not_finite(optimized.losses),
        parameters=not_finite((optimized.params, optimized.opt_state)),
        statistics=not_finite((learnt.obs_stats, learnt.return_stats, learnt.accumulators, learnt.stage_averages)),
    )
