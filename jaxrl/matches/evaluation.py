"""Evaluation during training: matches of the policy that is learning against an opponent, on arenas of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.bots.player import Player
from jaxrl.config.schema import Config
from jaxrl.game.rewards.basic import goals_by_car
from jaxrl.game.rewards.sharing import paid
from jaxrl.game.state import Array, unpack
from jaxrl.matches.compiled import compiled
from jaxrl.matches.play import Timing, both_sides, common_timing, play
from jaxrl.matches.statistics import share
from jaxrl.matches.tally import match_figures
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.reward_memory import first_memory, follow_memory
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import uniforms_for
from jaxrl.sim.spec import SimSpec, kickoff_spec
from jaxrl.sim.vec_env import VecEnv

SEED_OFFSET = 1_000_003  # evaluation draws its kickoffs and samples apart from training


@dataclass(frozen=True)
class EvalResult:
    """Figures of one evaluation, for the policy's side."""

    mean_reward: float  # weighted reward, summed over a match, mean of cars and matches
    goals_for: float  # a match
    goals_against: float
    win_rate: float  # share of matches with more goals than the opponent; draws are not won
    win_rate_low: float  # 95% interval (Wilson)
    win_rate_high: float
    draw_rate: float
    touches_per_minute: float  # per car
    speed_to_ball: float  # uu/s
    figures: dict[str, float] = field(default_factory=dict)  # by name, of the policy's cars; NaN where there is none
    opponent: dict[str, float] = field(default_factory=dict)  # the same of the opponent's


class Record(NamedTuple):
    """T decisions of the policy in N matches of C cars."""

    states: Array  # [T, N, F] float32
    next_states: Array  # [T, N, F] float32, the true last one where an episode ended
    actions: Array  # [T, N, C] int32
    ended: Array  # [T, N] bool: an episode ended with this decision


@partial(jax.tree_util.register_dataclass, data_fields=["params", "obs_stats"], meta_fields=["choose", "timing"])
@dataclass(frozen=True)
class LearningPlayer:
    """The policy that is learning, as a `Player`, in the precision it learns in."""

    choose: Callable[..., jax.Array]  # (params, obs_stats, states, uniforms) -> actions [N, C]
    timing: Timing
    params: Any = None
    obs_stats: RunningStats | None = None
    name = "bot"

    @property
    def tick_skip(self) -> int:
        """Ticks a decision, as in training."""
        return self.timing.tick_skip

    @property
    def action_delay_ticks(self) -> int:
        """Ticks until an action takes effect, as in training."""
        return self.timing.action_delay_ticks

    def start(self, num_matches: int) -> None:
        """Return no memory."""

    def act(self, memory: None, states: Array, starts: Array, uniforms: Array) -> tuple[None, Array]:
        """Choose by the policy, see `Player.act`."""
        return None, self.choose(self.params, self.obs_stats, states, uniforms)


def learning_player(config: Config, ppo: PPO) -> LearningPlayer:
    """The policy of a run, without weights yet."""

    def choose(params: Any, obs_stats: RunningStats, states: Array, uniforms: Array) -> jax.Array:
        states, uniforms = jnp.asarray(states), jnp.asarray(uniforms)
        if config.evaluation.greedy:
            return ppo.greedy(params, obs_stats, states)
        return ppo.act(params, obs_stats, states, uniforms)

    environment = config.environment
    return LearningPlayer(choose, Timing(environment.tick_skip, environment.action_delay_ticks))


def evaluation_spec(spec: SimSpec, config: Config, opponent: Player) -> SimSpec:
    """The arenas of an evaluation: kickoffs only, without limits, and with a timing that suits `opponent` too."""
    timing = common_timing((spec, opponent))
    seed = (spec.seed + SEED_OFFSET) % 2**31
    return kickoff_spec(config.evaluation.n_eval_episodes, spec.team_size, *timing, seed, spec.first_episode)


class Evaluator:
    """Play one match of `evaluation.match_seconds` in every arena of `env` whenever it is called.

    After a goal a match continues with the next kickoff.
    """

    def __init__(self, config: Config, ppo: PPO, env: VecEnv, opponent: Player) -> None:
        self._config, self._env, self._opponent = config, env, opponent
        self._player, self._spread = learning_player(config, ppo), ppo.spread
        self._steps = max(1, round(config.evaluation.match_seconds * config.decisions_per_second))
        # of either player, whose n-th decisions share their random numbers
        self._most_decisions = max(self._steps, -(-self._steps * self._player.tick_skip // opponent.tick_skip))
        self._mine = both_sides(env.num_envs, ppo.game.num_cars)
        self._state_size = ppo.game.state_size
        self._call = compiled()
        self._summarize = jax.jit(partial(summarize, ppo, self._mine))

    def __call__(self, state: TrainState, reward_weights: Weights) -> EvalResult:
        """Evaluate the policy in `state`; training is not touched."""
        num_envs = self._env.num_envs
        record = self._play(state)
        sums = jax.device_get(self._summarize(record, reward_weights))
        figures = match_figures(*record, self._mine, self._config.environment.tick_skip)
        won = share(int(sums["wins"]), num_envs)
        return EvalResult(
            **{name: float(sums[name]) for name in ("mean_reward", "goals_for", "goals_against")},
            win_rate=won.mean,
            win_rate_low=won.low,
            win_rate_high=won.high,
            draw_rate=int(sums["draws"]) / num_envs,
            touches_per_minute=float(sums["touches_per_minute"]),
            speed_to_ball=float(sums["speed_to_ball"]),
            figures=figures.own(),
            opponent=figures.opponents(),
        )

    def _play(self, state: TrainState) -> Record:
        """The matches of one evaluation; random numbers are keyed by the seed and the number of the update."""
        params, obs_stats = self._spread.first((state.bot_params, state.obs_stats))
        player = replace(self._player, params=params, obs_stats=obs_stats)
        seed = (self._config.training.seed + SEED_OFFSET) % 2**31
        uniforms = uniforms_for(seed, int(state.updates), (self._most_decisions, *self._mine.shape))
        shape = (self._steps, *self._mine.shape)
        rows = (self._steps, self._env.num_envs, self._state_size)
        states, next_states, actions = np.empty(rows, np.float32), np.empty(rows, np.float32), np.empty(shape, np.int32)
        record = Record(states, next_states, actions, np.empty(rows[:2], np.bool_))
        players = (player, self._opponent)
        for moment in play(self._env, players, self._mine, uniforms.__getitem__, self._steps, self._call):
            found = Record(moment.states, moment.next_states, moment.actions, moment.ended)
            for array, values in zip(record, found, strict=True):
                array[moment.decision, moment.matches] = values
        return record


def summarize(ppo: PPO, mine: np.ndarray, record: Record, weights: Weights) -> dict[str, jax.Array]:
    """Figures of one match an arena, as scalars; `mine` `[N, C]` marks the policy's cars."""
    states, next_states, actions, ended = (jnp.asarray(array) for array in record)
    num_matches, cars_a_side = mine.shape[0], mine.shape[1] // 2
    own = mine.astype(np.float32)

    def mean_of_mine(values: jax.Array) -> jax.Array:
        """`[T, N, C]` to the mean over the policy's cars, summed over a match."""
        return (values * own).sum() / (num_matches * cars_a_side)

    memory = first_memory(ppo.game.memory_terms, *mine.shape)
    _, remembering = follow_memory(ppo.game.memory_terms, memory, states, next_states, actions, ended)
    terms = ppo.game.rewards(states, next_states, actions) | remembering
    statistics = ppo.game.statistics(states, next_states)
    goals = goals_by_car(unpack(states), unpack(next_states)) * own[..., None]
    scored, conceded = (goals[..., i].sum((0, 2)) / cars_a_side for i in (0, 1))  # [N]
    rewards = [paid(term, weights[name]) for name, term in terms.items()]
    return {
        "mean_reward": mean_of_mine(sum(rewards, start=jnp.zeros(()))),
        "goals_for": scored.mean(),
        "goals_against": conceded.mean(),
        "wins": (scored > conceded).sum(),
        "draws": (scored == conceded).sum(),
        "touches_per_minute": mean_of_mine(statistics["touches_per_minute"]) / len(states),
        "speed_to_ball": mean_of_mine(statistics["speed_to_ball"]) / len(states),
    }
