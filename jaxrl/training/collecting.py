"""Where the rollouts of a run come from, and the step that learns from them: arenas of this machine."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import jax
import numpy as np

from jaxrl.checkpoints.bot import as_policy
from jaxrl.checkpoints.episodes import load_episodes
from jaxrl.checkpoints.league import load_league
from jaxrl.checkpoints.resume import without_episodes
from jaxrl.errors import UserError
from jaxrl.matches.league import League
from jaxrl.matches.past import Pool
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.report.progress import say
from jaxrl.report.tags import Timing, league_scalars
from jaxrl.sim.engine import make_env
from jaxrl.sim.grouped_env import GroupedEnv
from jaxrl.sim.rollout import Collector, InProgress
from jaxrl.training.build import Parts
from jaxrl.training.overlap import Overlap, overlaps
from jaxrl.training.step import compile_programs, step

# state, reward weights, whether the run ends with it -> the next state; None if it was stopped while it waited
Advance = Callable[[TrainState, Weights, bool], tuple[TrainState, Metrics, Timing] | None]


class Arenas(Protocol):
    """The arenas of training, wherever they are."""

    @property
    def arenas_rebuilt(self) -> int:
        """How often one was rebuilt because of NaN or infinity."""
        ...

    @property
    def workers_replaced(self) -> int:
        """How many processes that step them were lost, and replaced."""
        ...

    def set_start_weights(self, weights: Sequence[float]) -> None:
        """The weights of the start states from the next episodes on."""
        ...


class Progress(Protocol):
    """How far collecting is, as a checkpoint has it."""

    @property
    def state(self) -> np.ndarray:
        """States `[N, F]` as they are in training."""
        ...

    def in_progress(self) -> InProgress | None:
        """What a resumed run collects on from; None if it begins new episodes."""
        ...


@dataclass(frozen=True)
class NoEpisodes:
    """One of several hosts: a checkpoint that had the running episodes of its arenas would lack those of others."""

    collector: Collector

    @property
    def state(self) -> np.ndarray:
        """See `Progress.state`."""
        return self.collector.state

    def in_progress(self) -> None:
        """A resumed run begins new episodes."""


@dataclass(frozen=True)
class Collecting:
    """A way to come by rollouts."""

    advance: Advance
    arenas: Arenas
    progress: Progress
    set_n_steps: Callable[[int], None]  # the decisions of a rollout, from the next one on
    league: League | None = None
    figures: Callable[[], Mapping[str, float]] = dict  # for TensorBoard, by tag


def collect_here(
    parts: Parts, checkpoint: Path | None, state: TrainState, device: jax.Device, stack: ExitStack
) -> tuple[Collecting, TrainState]:
    """Start the arenas of this machine, which `stack` closes, with the running episodes of `checkpoint` if it has any.

    Returns the state to begin with, too.
    """
    config, ppo, hosts, batches = parts.config, parts.ppo, parts.hosts, parts.config.batches
    batch = batches[int(state.stage)]
    # an arena cannot have started more episodes than it has made decisions: no start is played twice
    spec = replace(parts.spec, first_episode=state.num_env_steps)
    env = stack.enter_context(make_env(config.environment.physics, spec, parts.num_workers, parts.num_groups, say))
    env.set_start_weights([*config.start_weights(int(state.stage)).values()])
    slots, rows, waiting, at_once = batch.final_state_slots, None, None, overlaps(config)
    if hosts is not None:
        slots = hosts.slots(slots, ppo.spread.size // hosts.number)
    if checkpoint is not None and hosts is not None:
        state = without_episodes(state, config, ppo)
    elif checkpoint is not None:
        lengths = [each.n_steps for each in batches]
        if (running := _continue_episodes(env, checkpoint, lengths if at_once else [])) is None:
            state = without_episodes(state, config, ppo)
        else:
            rows, waiting = running.episodes.rows, running.waiting
            # the file may be anybody's
            slots = max(slots, min(running.final_state_slots, batch.env_steps))
    arenas = None if hosts is None else (hosts.own_arenas, config.environment.num_envs)
    collector = Collector(env, batch.n_steps, parts.game.num_cars, slots, config.training.seed, rows, arenas)
    league = _league(parts, checkpoint, state, env, continued=rows is not None)
    past = as_policy(config, ppo, state).description if config.league.share else None
    programs = compile_programs(ppo, device, config.environment.one_by_one, past, at_once, hosts)
    figures = dict if league is None else lambda: league_scalars(league.figures())
    if at_once:
        overlap = stack.enter_context(Overlap(programs, collector, league, waiting))
        progress = overlap if hosts is None else NoEpisodes(collector)
        return Collecting(overlap, env, progress, collector.set_n_steps, league, figures), state

    progress = collector if hosts is None else NoEpisodes(collector)

    def in_turn(state: TrainState, weights: Weights, is_last: bool) -> tuple[TrainState, Metrics, Timing]:
        return step(programs, collector, state, weights, league)

    return Collecting(in_turn, env, progress, collector.set_n_steps, league, figures), state


def _league(
    parts: Parts, checkpoint: Path | None, state: TrainState, env: GroupedEnv, continued: bool
) -> League | None:
    """The opponents of a run, those of `checkpoint` among them; None if it has none."""
    config, environment = parts.config, parts.config.environment
    if not config.league.plays:
        return None
    shape = (max(batch.n_steps for batch in config.batches), environment.num_envs, environment.num_cars)
    pool = Pool(config.league.size)
    league = League(config.league.share, pool, parts.guests, env.groups, shape, config.training.seed)
    if checkpoint is None:
        return league
    try:
        saved = load_league(checkpoint)
    except UserError as error:
        say(f"{error}; the league begins anew")
        return league
    if saved is not None:
        league.restore(saved, as_policy(config, parts.ppo, state).arrays, continued, say)
    return league


def _continue_episodes(env: GroupedEnv, checkpoint: Path, lengths: Sequence[int]) -> InProgress | None:
    """Play the running episodes of a checkpoint again; None, and says so, where new ones have to begin.

    A rollout that waits is of one of these `lengths`, in decisions.
    """
    try:
        running = load_episodes(checkpoint)
    except UserError as error:
        say(f"{error}; new episodes begin")
        return None
    if running is None:
        say(f"{checkpoint} holds no running episodes (only runs on one host in RocketSim 3 save them): new ones begin")
        return None
    if running.waiting is not None and len(running.waiting.actions) not in lengths:
        say(f"{checkpoint}: its last rollout cannot be learnt from in this run; new episodes begin")
        return None
    if env.continue_episodes(running.episodes):
        return running
    say(f"{checkpoint}: its running episodes are of other arenas or of another physics; new ones begin")
    return None
