"""From a config to the parts of a run, each made once."""

from dataclasses import dataclass
from importlib.util import find_spec

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.bots.player import Player
from jaxrl.bots.players import make_player
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.game.game import Game, rocket_league
from jaxrl.game.starts.registry import resolve_start_states
from jaxrl.ppo.update import PPO
from jaxrl.sim.cores import available_cores, most_workers
from jaxrl.sim.spec import SimSpec

PIPELINE_FROM = 32  # arenas; below, two small inferences cost more than they hide


@dataclass(frozen=True)
class Parts:
    """What a config describes."""

    config: Config
    game: Game
    ppo: PPO
    opponent: Player  # of the evaluation
    spec: SimSpec  # the arenas of training
    num_workers: int  # processes that step them, 0 = this one
    num_groups: int


def build(config: Config) -> Parts:
    """Make and check all parts; nothing is started or written.

    Raises UserError for what the config names and cannot be had: a reward term, a start state, an opponent, a package.
    """
    game = make_game(config)
    resolve_start_states(config.start_weights(0))
    environment = config.environment
    timing = environment.tick_skip, environment.action_delay_ticks
    opponent = make_player(config.evaluation.opponent, environment.team_size, *timing, "jax")
    check_rewards(game)
    if config.logging.wandb and find_spec("wandb") is None:
        raise UserError(
            'logging.wandb: the package is missing: uv sync --extra wandb, or pip install "jaxrl-rocketleague[wandb]"'
        )
    return Parts(
        config, game, PPO(config, game), opponent, sim_spec(config), worker_processes(config), num_groups(config)
    )


def sim_spec(config: Config) -> SimSpec:
    """Spec of the arenas that a config describes."""
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
    """Trace the reward terms on the shapes of one decision; raises UserError for a faulty one."""
    rows = jax.ShapeDtypeStruct((1, 1, game.state_size), jnp.float32)
    jax.eval_shape(game.rewards, rows, rows, jax.ShapeDtypeStruct((1, 1, game.num_cars), jnp.int32))


def reward_weights(config: Config, stage: int) -> dict[str, np.float32]:
    """Reward weights of a stage, by term, as the update takes them."""
    return {term: np.float32(weight) for term, weight in config.reward_weights(stage).items()}


def worker_processes(config: Config) -> int:
    """Number of processes that step the arenas; 0 = this one."""
    environment = config.environment
    if environment.one_by_one:
        return 0
    wanted = available_cores() if environment.num_workers == "auto" else environment.num_workers
    return most_workers(wanted, environment.num_envs, num_groups(config))


def num_groups(config: Config) -> int:
    """Number of groups of arenas: two if there are enough to step one half while actions are chosen for the other.

    Never depends on the number of workers: batches of other sizes give other last bits.
    """
    return 2 if config.environment.num_envs >= PIPELINE_FROM and not config.environment.one_by_one else 1
