"""Matches against a fixed opponent, from kickoffs, on environments of their own."""

from dataclasses import dataclass, replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.config import Config
from jaxrl.game.actions import NEUTRAL_ACTION, NUM_ACTIONS
from jaxrl.game.rewards import goals_by_car
from jaxrl.game.state import unpack
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO, Rollout
from jaxrl.rollout import Collector
from jaxrl.sim.arena import SimSpec
from jaxrl.sim.vec_env import VecEnv

CHUNK_STEPS = 128  # decisions played between two looks at whether every episode has ended
SEED_OFFSET = 1_000_003  # evaluation draws its kickoffs and samples apart from training


@dataclass(frozen=True)
class Evaluation:
    """Means over the episodes of one evaluation; of the policy's own cars where it matters."""

    mean_reward: float  # sum of the weighted reward over an episode
    goals_for: float  # an episode
    goals_against: float
    touches_per_minute: float  # per car
    speed_to_ball: float  # uu/s
    episode_length: float  # decisions


def evaluation_spec(spec: SimSpec, config: Config) -> SimSpec:
    """The arenas of an evaluation: as in training, but from kickoffs only."""
    return replace(
        spec,
        num_envs=config.evaluation.n_eval_episodes,
        start_states=(("kickoff", 1.0),),
        seed=(spec.seed + SEED_OFFSET) % 2**31,
    )


def policy_cars(num_envs: int, num_cars: int) -> np.ndarray:
    """`[N, C]` bool: the cars that the policy drives, blue in the first half of the arenas and orange in the rest."""
    is_orange_car = np.arange(num_cars) >= num_cars // 2
    plays_orange = np.arange(num_envs) >= (num_envs + 1) // 2
    return is_orange_car[None, :] == plays_orange[:, None]


class Evaluator:
    """Plays one episode in every arena of `env` whenever it is called."""

    def __init__(self, config: Config, ppo: PPO, env: VecEnv) -> None:
        self._config, self._ppo, self._env = config, ppo, env
        self._mine = policy_cars(env.num_envs, ppo.game.num_cars)
        self._act = jax.jit(ppo.act)
        self._summarize = jax.jit(partial(_summarize, ppo, self._mine))

    def __call__(self, state: TrainState, reward_weights: dict[str, np.ndarray]) -> Evaluation:
        """Evaluates the policy in `state` with sampled actions."""
        config = self._config

        def act(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
            actions = np.asarray(self._act(state.params, state.obs_stats, states, uniforms))
            idle = config.evaluation.opponent == "idle"
            # the policy's own uniforms are its own cars': those of the opponent's cars are free to use
            theirs = np.full_like(actions, NEUTRAL_ACTION) if idle else (uniforms * NUM_ACTIONS).astype(np.int32)
            return np.where(self._mine, actions, theirs)

        seed = (config.training.seed + SEED_OFFSET) % 2**31
        collector = Collector(self._env, CHUNK_STEPS, self._ppo.game.num_cars, self._env.num_envs, seed)
        playing = np.ones(self._env.num_envs, np.bool_)
        totals: dict[str, np.ndarray] | None = None
        chunk = 0
        while playing.any():
            rollout = collector.collect(act, update=int(state.updates) * 1000 + chunk)
            sums, playing = jax.device_get(self._summarize(rollout, playing, reward_weights))
            totals = sums if totals is None else {name: totals[name] + sums[name] for name in sums}
            chunk += 1
        assert totals is not None
        episodes, decisions = self._env.num_envs, float(totals.pop("decisions"))
        cars = self._ppo.game.num_cars / 2
        return Evaluation(
            mean_reward=float(totals["reward"]) / episodes / cars,
            goals_for=float(totals["goals_for"]) / episodes / cars,
            goals_against=float(totals["goals_against"]) / episodes / cars,
            touches_per_minute=float(totals["touches_per_minute"]) / decisions / cars,
            speed_to_ball=float(totals["speed_to_ball"]) / decisions / cars,
            episode_length=decisions / episodes,
        )


def _summarize(
    ppo: PPO, mine: np.ndarray, rollout: Rollout, playing: jax.Array, weights: dict[str, jax.Array]
) -> tuple[dict[str, jax.Array], jax.Array]:
    """Sums over the decisions of first episodes, and which arenas are still playing theirs."""
    index = tuple(rollout.final_index.T)
    next_states = jnp.asarray(rollout.states[1:]).at[index].set(rollout.final_states, mode="drop")
    done = rollout.terminated | rollout.truncated
    ended_before = jnp.cumsum(done, axis=0) - done  # [T, N]: episodes that ended before this decision
    counted = playing & (ended_before == 0)
    cars = counted[..., None] & mine
    terms = ppo.game.rewards(rollout.states[:-1], next_states, rollout.actions)
    reward = sum(weights[name] * term for name, term in terms.items())
    statistics = ppo.game.statistics(rollout.states[:-1], next_states)
    goals = goals_by_car(unpack(rollout.states[:-1]), unpack(next_states)) * cars[..., None]
    sums = {
        "reward": (reward * cars).sum(),
        "goals_for": goals[..., 0].sum(),
        "goals_against": goals[..., 1].sum(),
        "touches_per_minute": (statistics["touches_per_minute"] * cars).sum(),
        "speed_to_ball": (statistics["speed_to_ball"] * cars).sum(),
        "decisions": counted.sum(),
    }
    return sums, playing & ~done.any(axis=0)
