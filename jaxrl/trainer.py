"""A training run: the loop, and all that has to stand around it. The only module that imports all the others."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.checkpoint import (
    delete_old,
    find_checkpoints,
    finish_interrupted,
    newest_intact,
    save_checkpoint,
    steps_of,
)
from jaxrl.config import Config
from jaxrl.device import act_options, configure_device, describe_device
from jaxrl.errors import UserError
from jaxrl.evaluate import Evaluator, evaluation_spec, make_opponent
from jaxrl.game.game import Game, rocket_league
from jaxrl.interrupts import StopSignals
from jaxrl.metrics import RunDisplay, Timing, banner, evaluation_scalars, say, update_scalars
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.resume import init_from, log_folder_of, resume
from jaxrl.rollout import Act, Collector
from jaxrl.sim.arena import SimSpec
from jaxrl.sim.start_states import resolve_start_states
from jaxrl.sim.vec_env import RocketSimEnv, available_cores, most_workers

PERIODIC = "checkpoint_"  # checkpoint_100000, checkpoint_200000, ...
NEWEST = Path()  # --resume without a folder
PIPELINE_FROM = 32  # arenas; below, two small inferences cost more than they hide
BEFORE_EVERYTHING = -2  # environment steps; a damaged checkpoint counts as having -1


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    state: TrainState
    checkpoint: Path
    exit_code: int  # 0, or 128 + the signal that stopped the run


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


def train(config: Config, name: str, resume_from: Path | None = None, weights_from: Path | None = None) -> Result:
    """Trains as `config` says; `name` becomes part of the folder of logs.

    `resume_from` is a checkpoint to go on with, or NEWEST for the newest intact one of the config's folder;
    `weights_from` one whose weights and statistics a new run starts with. Raises UserError for what only shows once the
    run is set up (no such device, a reward term that cannot be found, a checkpoint of another network).
    """
    device = configure_device(config.accelerator)
    environment = config.environment
    game = make_game(config)
    # what the config names but cannot be had is better said before anything starts
    resolve_start_states(config.start_weights(0))
    opponent = make_opponent(config.evaluation.opponent, config)
    check_rewards(game)
    if config.logging.wandb and find_spec("wandb") is None:
        raise UserError("logging.wandb: the package is missing: uv sync --extra wandb, or pip install wandb")
    ppo = PPO(config, game)
    checkpoints = Path(config.logging.checkpoint_dir)
    log_folder = Path(config.logging.log_dir) / f"{name}_{datetime.now():%Y%m%d-%H%M%S}"
    with ExitStack() as stack:
        if existed := checkpoints.is_dir():
            stack.enter_context(only_trainer_in(checkpoints))
        if resume_from is not None:
            source = newest_intact(checkpoints, say) if resume_from == NEWEST else resume_from
            state = resume(source, config, ppo, say)
            log_folder = log_folder_of(source) or log_folder
            say(f"going on from {source} at {state.num_env_steps:,} environment steps")
        else:
            state = jax.jit(ppo.init)() if weights_from is None else init_from(weights_from, config, ppo)
        for key, folder in (("log_dir", log_folder), ("checkpoint_dir", checkpoints)):
            make_folder(folder, f"logging.{key}")
        if not existed:
            stack.enter_context(only_trainer_in(checkpoints))
        num_workers = worker_processes(config)
        print(banner(config, describe_device(device), num_workers, game.num_actions, log_folder), flush=True)

        # an arena cannot have started more episodes than it has made decisions: no start is played twice
        spec = replace(sim_spec(config), first_episode=state.num_env_steps)
        env = stack.enter_context(RocketSimEnv(spec, num_workers, num_groups(config)))
        eval_spec = evaluation_spec(spec, config)
        eval_env = stack.enter_context(RocketSimEnv(eval_spec, num_workers))
        evaluator = Evaluator(config, ppo, eval_env, opponent)
        display = stack.enter_context(RunDisplay(log_folder, config, state.num_env_steps))
        stop = stack.enter_context(StopSignals())
        # a resumed run goes on from here: what was saved beyond this point belongs to the run it leaves
        beyond = BEFORE_EVERYTHING if resume_from is None else state.num_env_steps
        if (set_aside := move_checkpoints_aside(checkpoints, beyond)) is not None:
            say(f"the checkpoints of an earlier run are now in {set_aside}")

        stage = int(state.stage)
        weights = reward_weights(config, stage)
        env.set_start_weights([*config.start_weights(stage).values()])
        collector = Collector(
            env, config.training.n_steps, game.num_cars, config.final_state_slots, config.training.seed
        )
        act = jax.jit(ppo.act, compiler_options=act_options(device))
        update = jax.jit(ppo.update, donate_argnums=0)

        def save(folder: Path) -> None:
            save_checkpoint(folder, state, config, ppo, collector.state[:4].copy(), log_folder)

        evaluated = time.perf_counter()
        while state.num_env_steps < config.training.total_timesteps and stop.received is None:
            before, started = state.num_env_steps, time.perf_counter()
            rollout = collector.collect(policy(act, state, environment.one_by_one), int(state.updates))
            collected = time.perf_counter()
            state, metrics = jax.block_until_ready(update(state, rollout, weights))
            timing = Timing(collected - started, time.perf_counter() - collected)
            env_steps = state.num_env_steps
            if (stage_now := int(state.stage)) != stage:
                stage, weights = stage_now, reward_weights(config, stage_now)
                env.set_start_weights([*config.start_weights(stage).values()])
                state = state.replace(best_eval_reward=jnp.float32(-jnp.inf))  # rewards of two stages do not compare
                say(f"stage {stage} of the curriculum begins at {env_steps:,} environment steps")
            scalars = update_scalars(metrics, timing, config)
            display.log(scalars, env_steps)
            display.progress(env_steps, scalars["reward/total_mean"], int(state.updates))
            if passed(before, env_steps, config.evaluation.eval_freq):
                evaluating, previous_end = time.perf_counter(), evaluated
                evaluation = evaluator(state, weights)
                evaluated = time.perf_counter()
                share = (evaluated - evaluating) / (evaluated - previous_end)
                display.log(evaluation_scalars(evaluation, share), env_steps)
                if evaluation.mean_reward > state.best_eval_reward:
                    state = state.replace(best_eval_reward=jnp.float32(evaluation.mean_reward))
                    save(checkpoints / "best")
            if (mark := passed(before, env_steps, config.logging.save_interval)) is not None:
                save(checkpoints / f"{PERIODIC}{mark}")
                delete_old(checkpoints, PERIODIC, config.logging.keep)

        save(checkpoints / "final")
        reason = f"stopped by {stop.received.name}" if stop.received else "done"
        say(f"{reason} after {state.num_env_steps:,} environment steps; saved {checkpoints / 'final'}")
    return Result(state, checkpoints / "final", stop.exit_code)


def reward_weights(config: Config, stage: int) -> dict[str, np.ndarray]:
    """The weights of a stage as the update takes them."""
    return {term: np.float32(weight) for term, weight in config.reward_weights(stage).items()}


def policy(act: Callable[..., jax.Array], state: TrainState, one_by_one: bool) -> Act:
    """The policy in `state` as the collector calls it: arrays of the host in, arrays of the host out."""

    def choose(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        return np.asarray(act(state.params, state.obs_stats, states, uniforms))

    def choose_one_by_one(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        return np.concatenate([choose(states[n : n + 1], uniforms[n : n + 1]) for n in range(len(states))])

    return choose_one_by_one if one_by_one else choose


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


def check_rewards(game: Game) -> None:
    """Traces the reward terms on the shapes of one decision; raises UserError for one that fails or gives nonsense."""
    rows = jax.ShapeDtypeStruct((1, 1, game.state_size), jnp.float32)
    jax.eval_shape(game.rewards, rows, rows, jax.ShapeDtypeStruct((1, 1, game.num_cars), jnp.int32))


@contextmanager
def only_trainer_in(directory: Path) -> Iterator[None]:
    """Holds `directory` for this process and tidies what a killed one left.

    Raises UserError if another process trains there.
    """
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise UserError(f"logging.checkpoint_dir: another run is writing to {directory}") from error
    try:
        finish_interrupted(directory)
        yield
    finally:
        os.close(handle)  # which gives the lock back


def make_folder(folder: Path, key: str) -> None:
    """Creates `folder`; raises UserError naming the config's `key` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{key}: {folder} cannot be created ({error.strerror})") from error


def move_checkpoints_aside(directory: Path, beyond: int) -> Path | None:
    """Moves checkpoints of more than `beyond` steps to a folder of their own, so that nothing overwrites them.

    Returns that folder; None if there were none.
    """
    old = [folder for folder in find_checkpoints(directory) if steps_of(folder) > beyond]
    if not old:
        return None
    aside = directory / f"earlier_{datetime.now():%Y%m%d-%H%M%S}"
    aside.mkdir()
    for folder in old:
        folder.rename(aside / folder.name)
    return aside


def passed(before: int, now: int, interval: int) -> int | None:
    """The last multiple of `interval` in (before, now]; None if there is none."""
    mark = now // interval * interval
    return mark if mark > before else None
