"""The parts of a run that a config describes."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.config.schema import Config
from jaxrl.game.game import Game, rocket_league
from jaxrl.ppo.train_state import TrainState
from jaxrl.sim.cores import available_cores, most_workers
from jaxrl.sim.rollout import Act
from jaxrl.sim.spec import SimSpec

PIPELINE_FROM = 32  # arenas; below, two small inferences cost more than they hide


def sim_spec(config: Config) -> SimSpec:
    """The physics that a config describes."""
    environment = config.environment
    return SimSpec(
        num_envs=environment.num_envs,
        team_size=environment.team_size,
        tick_skip=environment.tick_skip,
        action_delay_ticks=environment.action_delay_ticks,
        max_episode_ticks=environment.ticks(environment.max_episode_seconds),
        no_touch_ticks=environment.ticks(environment.no_touch_seconds),
        start_states=tuple(config.start_weights(0).items()),
        seed=config.training.seed,
    )


def make_game(config: Config) -> Game:
    """The game that a config describes; raises UserError for a reward term that cannot be found."""
    environment = config.environment
    return rocket_league(
        environment.team_size, environment.tick_skip, config.reward_weights(0), config.observation.view
    )


def check_rewards(game: Game) -> None:
    """Traces the reward terms on the shapes of one decision; raises UserError for one that fails or gives nonsense."""
    rows = jax.ShapeDtypeStruct((1, 1, game.state_size), jnp.float32)
    jax.eval_shape(game.rewards, rows, rows, jax.ShapeDtypeStruct((1, 1, game.num_cars), jnp.int32))


def reward_weights(config: Config, stage: int) -> dict[str, np.ndarray]:
    """The weights of a stage as the update takes them."""
    return {term: np.float32(weight) for term, weight in config.reward_weights(stage).items()}


def worker_processes(config: Config) -> int:
    """Processes that step the arenas; 0 = this one."""
    environment = config.environment
    if environment.one_by_one:
        return 0
    wanted = available_cores() if environment.num_workers == "auto" else environment.num_workers
    return most_workers(wanted, environment.num_envs, num_groups(config))


def num_groups(config: Config) -> int:
    """Two where the arenas are enough for the workers to step one half while actions are chosen for the other.

    Never depends on the number of workers: batches of other sizes give other last bits.
    """
    return 2 if config.environment.num_envs >= PIPELINE_FROM and not config.environment.one_by_one else 1


def policy(act: Callable[..., jax.Array], state: TrainState, one_by_one: bool) -> Act:
    """The policy in `state` as the collector calls it: arrays of the host in, arrays of the host out."""

    def choose(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        return np.asarray(act(state.params, state.obs_stats, states, uniforms))

    def choose_one_by_one(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        return np.concatenate([choose(states[n : n + 1], uniforms[n : n + 1]) for n in range(len(states))])

    return choose_one_by_one if one_by_one else choose
