"""From a config to the parts of a run, each made once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp

from jaxrl.bots.player import Player
from jaxrl.bots.players import make_player
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.game.action_space import STANDARD_ACTIONS, own_actions
from jaxrl.game.figures import FIGURES, Figure
from jaxrl.game.game import Game, rocket_league
from jaxrl.game.masks import allowed_in
from jaxrl.game.physics import Engine
from jaxrl.game.reads import fields_of_figures, fields_read
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.starts.check import check_start_states
from jaxrl.matches.guests import Guest
from jaxrl.matches.play import Timing
from jaxrl.matches.rating import Anchor
from jaxrl.plugins import allow_code, import_allowed, import_function
from jaxrl.ppo.reward_memory import first_memory, follow_memory
from jaxrl.ppo.shown import user_metrics
from jaxrl.ppo.spread import Spread
from jaxrl.ppo.update import PPO
from jaxrl.sim.cores import groups_of, worker_processes
from jaxrl.sim.engine import resolve
from jaxrl.sim.rocketsim2.groups import filled
from jaxrl.sim.spec import SimSpec
from jaxrl.training.device import learning_devices
from jaxrl.training.hosts.meeting import Hosts
from jaxrl.training.memory import check_run_fits


@dataclass(frozen=True)
class Parts:
    """The parts of a run, as its config describes them."""

    config: Config
    game: Game
    ppo: PPO
    opponent: Player  # of the evaluation
    guests: tuple[Guest, ...]  # in training
    anchors: tuple[Anchor, ...]  # of a rating
    spec: SimSpec  # the arenas of training
    num_workers: int  # processes, or threads, that step them, 0 = this one
    num_groups: int
    hosts: Hosts | None = None  # several that learn as one, of which this is one: `spec` has its arenas alone

    def in_physics(self, engine: Engine) -> "Parts":
        """The same parts with the physics that was chosen: a checkpoint never says `auto`."""
        environment = self.config.environment.model_copy(update={"physics": engine})
        config = self.config.model_copy(update={"environment": environment})
        game = replace(self.game, figures=shown_figures(config, self.spec, engine))
        return replace(self, config=config, game=game, ppo=replace(self.ppo, config=config, game=game))


def build(config: Config, hosts: Hosts | None = None) -> Parts:
    """Make and check all parts; nothing is started or written.

    Raises UserError for what the config names and cannot be had: a reward term, a start state, an opponent, a package,
    enough memory.
    """
    game = make_game(config)
    num_hosts = hosts.number if hosts else 1
    check_run_fits(config, game.num_actions, num_hosts)
    environment, spec = config.environment, sim_spec(config)
    devices = learning_devices(config, num_hosts)
    if hosts is not None:
        spec = replace(spec, num_envs=hosts.arenas, first_arena=hosts.first)
    game = replace(game, figures=shown_figures(config, spec, resolve(environment.physics)))
    check_start_states(config.start_weights(0), environment.team_size)
    timing = environment.tick_skip, environment.action_delay_ticks
    opponent = make_player(config.evaluation.opponent, environment.team_size, *timing, "jax")
    check_rewards(game)
    check_metrics(game)
    if config.logging.wandb and find_spec("wandb") is None:
        raise UserError(
            'logging.wandb: the package is missing: uv sync --extra wandb, or pip install "jaxrl-rocketleague[wandb]"'
        )
    num_envs, one_by_one = spec.num_envs, environment.one_by_one
    return Parts(
        config=config,
        game=game,
        ppo=PPO(config, game, Spread.over(devices)),
        opponent=opponent,
        guests=make_guests(config),
        anchors=make_anchors(config),
        spec=spec,
        num_workers=worker_processes(environment.num_workers, num_envs, one_by_one),
        num_groups=groups_of(num_envs, one_by_one),
        hosts=hosts,
    )


def make_guests(config: Config) -> tuple[Guest, ...]:
    """The opponents of training that never change; raises UserError for one that is not there, or cannot play along."""
    environment = config.environment
    timing = Timing(environment.tick_skip, environment.action_delay_ticks)
    return tuple(
        Guest(name, make_player(name, environment.team_size, *timing, "jax"), share, timing)
        for name, share in config.league.opponents.items()
        if share
    )


def make_anchors(config: Config) -> tuple[Anchor, ...]:
    """The players of known rating; raises UserError for one that is not there."""
    environment = config.environment
    timing = environment.tick_skip, environment.action_delay_ticks
    known = config.evaluation.anchors.items()
    return tuple(Anchor(name, make_player(name, environment.team_size, *timing, "jax"), elo) for name, elo in known)


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
        augment_starts=environment.augment_starts,
        fields=fields_of(config),
    )


def fields_of(config: Config) -> frozenset[str]:
    """Fields of a row that reward terms, metrics, masks, and the figures that are asked for read."""
    num_cars = config.environment.num_cars
    functions = [*resolve_terms(config.reward_weights(0)).values(), *resolve_metrics(config).values()]
    if (ticks := config.mask_ticks) is not None:
        functions.append(lambda state, next_state, actions: allowed_in(state, ticks))
    if (custom := config.observation.custom) is not None:
        functions.append(lambda state, next_state, actions: import_allowed(custom)(state, 0))
    if any(config.league.opponents.values()):  # who may read whatever there is
        functions.append(lambda state, next_state, actions: tuple(next_state))
    asked = FIGURES if config.logging.figures == "all" else config.curriculum.figures
    read = fields_read(functions, num_cars) | config.observation.view.reads
    return read | fields_of_figures([FIGURES[name] for name in asked], num_cars)


def shown_figures(config: Config, spec: SimSpec, engine: Engine) -> tuple[Figure, ...]:
    """The figures of training: those whose fields are filled anyway, if not all are asked for."""
    if engine == "rocketsim3":
        return tuple(FIGURES.values())
    there = filled(spec.fields)
    return tuple(each for each in FIGURES.values() if fields_of_figures([each], spec.num_cars) <= there)


def resolve_metrics(config: Config) -> dict[str, Callable[..., Any]]:
    """The user's metrics by name; raises UserError if one cannot be found."""
    return {name: import_function(name) for name in config.metric_names}


def make_game(config: Config) -> Game:
    """The game that a config describes; raises UserError for a reward term or a metric that cannot be found."""
    environment, view, table = config.environment, config.observation.view, config.game.action_table
    if view.custom:
        allow_code(view.custom)
    game = rocket_league(
        environment.team_size,
        environment.tick_skip,
        config.reward_weights(0),
        view,
        config.mask_ticks,
        STANDARD_ACTIONS if table is None else own_actions(table, view.mirror),
    )
    return replace(game, metrics=resolve_metrics(config))


def check_metrics(game: Game) -> None:
    """Trace the user's metrics on the shapes of one decision; raises UserError for a faulty one."""
    rows = jax.ShapeDtypeStruct((1, 1, game.state_size), jnp.float32)
    actions = jax.ShapeDtypeStruct((1, 1, game.num_cars), jnp.int32)
    jax.eval_shape(partial(user_metrics, game), rows, rows, actions)


def check_rewards(game: Game) -> None:
    """Trace the reward terms on the shapes of one decision; raises UserError for a faulty one."""
    rows = jax.ShapeDtypeStruct((1, 1, game.state_size), jnp.float32)
    actions = jax.ShapeDtypeStruct((1, 1, game.num_cars), jnp.int32)
    jax.eval_shape(game.rewards, rows, rows, actions)
    memory = first_memory(game.memory_terms, 1, game.num_cars)
    jax.eval_shape(
        partial(follow_memory, game.memory_terms), memory, rows, rows, actions, jax.ShapeDtypeStruct((1, 1), jnp.bool_)
    )
