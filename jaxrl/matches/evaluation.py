"""Matches against a fixed opponent, from kickoffs, on environments of their own."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import binomtest

from jaxrl.bots.players import Opponent
from jaxrl.config.schema import Config
from jaxrl.game.rewards.basic import goals_by_car
from jaxrl.game.state import Array, unpack
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Collector, Rollout
from jaxrl.sim.spec import SimSpec, kickoff_spec
from jaxrl.sim.vec_env import VecEnv

SEED_OFFSET = 1_000_003  # evaluation draws its kickoffs and samples apart from training


@dataclass(frozen=True)
class Evaluation:
    """What the matches of one evaluation gave, for the policy's side."""

    mean_reward: float  # weighted reward, summed over a match, mean of cars and matches
    goals_for: float  # a match
    goals_against: float
    win_rate: float  # share of matches with more goals than the opponent; draws are not won
    win_rate_low: float  # 95% interval (Wilson)
    win_rate_high: float
    draw_rate: float
    touches_per_minute: float  # per car
    speed_to_ball: float  # uu/s


def evaluation_spec(spec: SimSpec, config: Config) -> SimSpec:
    """The arenas of an evaluation: as in training, but only a goal leads to a kickoff: a lost ball must be fetched."""
    return kickoff_spec(
        num_envs=config.evaluation.n_eval_episodes,
        team_size=spec.team_size,
        tick_skip=spec.tick_skip,
        action_delay_ticks=spec.action_delay_ticks,
        seed=(spec.seed + SEED_OFFSET) % 2**31,
        first_episode=spec.first_episode,
    )


def policy_cars(num_envs: int, num_cars: int) -> np.ndarray:
    """`[N, C]` bool: the cars that the policy drives, blue in the first half of the arenas and orange in the rest."""
    is_orange_car = np.arange(num_cars) >= num_cars // 2
    plays_orange = np.arange(num_envs) >= (num_envs + 1) // 2
    return is_orange_car[None, :] == plays_orange[:, None]


class Evaluator:
    """Plays one match of `evaluation.match_seconds` in every arena of `env` whenever it is called.

    After a goal a match goes on with the next kickoff.
    """

    def __init__(self, config: Config, ppo: PPO, env: VecEnv, opponent: Opponent) -> None:
        self._config, self._ppo, self._env = config, ppo, env
        self._steps = max(1, round(config.evaluation.match_seconds * config.decisions_per_second))
        self._mine = policy_cars(env.num_envs, ppo.game.num_cars)

        def act(params: Any, obs_stats: RunningStats, states: Array, uniforms: Array) -> jax.Array:
            states, uniforms = jnp.asarray(states), jnp.asarray(uniforms)
            if config.evaluation.greedy:
                own = ppo.game.to_world(states, ppo.logits(params, obs_stats, states).argmax(-1).astype(jnp.int32))
            else:
                own = ppo.act(params, obs_stats, states, uniforms)
            # every car needs one uniform: those of the policy's cars are not used by the opponent's
            return jnp.where(self._mine, own, opponent(states, uniforms))

        self._act = jax.jit(act)
        self._summarize = jax.jit(partial(_summarize, ppo, self._mine))

    def __call__(self, state: TrainState, reward_weights: dict[str, np.ndarray]) -> Evaluation:
        """Evaluates the policy in `state`; training is not touched."""
        env, config = self._env, self._config
        seed = (config.training.seed + SEED_OFFSET) % 2**31
        collector = Collector(env, self._steps, self._ppo.game.num_cars, self._steps * env.num_envs // 32 + 1, seed)
        act = partial(self._act, state.params, state.obs_stats)
        rollout = collector.collect(lambda states, uniforms: np.asarray(act(states, uniforms)), int(state.updates))
        sums = jax.device_get(self._summarize(rollout, reward_weights))
        wins, draws = (int(x) for x in (sums["wins"], sums["draws"]))
        interval = binomtest(wins, env.num_envs).proportion_ci(method="wilson")
        means = {name: float(sums[name]) for name in ("mean_reward", "goals_for", "goals_against")}
        return Evaluation(
            **means,
            win_rate=wins / env.num_envs,
            win_rate_low=float(interval.low),
            win_rate_high=float(interval.high),
            draw_rate=draws / env.num_envs,
            touches_per_minute=float(sums["touches_per_minute"]),
            speed_to_ball=float(sums["speed_to_ball"]),
        )


def _summarize(ppo: PPO, mine: np.ndarray, rollout: Rollout, weights: dict[str, jax.Array]) -> dict[str, jax.Array]:
    """Figures of one match an arena; `mine` `[N, C]` marks the policy's cars."""
    states = jnp.asarray(rollout.states[:-1])
    index = tuple(rollout.final_index.T)
    next_states = jnp.asarray(rollout.states[1:]).at[index].set(rollout.final_states, mode="drop")
    num_matches, cars_a_side = mine.shape[0], mine.shape[1] // 2

    def mean_of_mine(values: jax.Array) -> jax.Array:
        """`[T, N, C]` to the mean over the policy's cars, summed over a match."""
        return (values * mine).sum() / (num_matches * cars_a_side)

    terms = ppo.game.rewards(states, next_states, rollout.actions)
    statistics = ppo.game.statistics(states, next_states)
    goals = goals_by_car(unpack(states), unpack(next_states)) * mine[..., None]
    scored, conceded = (goals[..., i].sum((0, 2)) / cars_a_side for i in (0, 1))  # [N]
    return {
        "mean_reward": mean_of_mine(sum(weights[name] * term for name, term in terms.items())),
        "goals_for": scored.mean(),
        "goals_against": conceded.mean(),
        "wins": (scored > conceded).sum(),
        "draws": (scored == conceded).sum(),
        "touches_per_minute": mean_of_mine(statistics["touches_per_minute"]) / len(states),
        "speed_to_ball": mean_of_mine(statistics["speed_to_ball"]) / len(states),
    }
