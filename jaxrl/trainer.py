"""A training run: the loop, and all that has to stand around it. The only module that imports all the others."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jax
import numpy as np

from jaxrl.checkpoint import find_checkpoints, save_checkpoint
from jaxrl.config import Config
from jaxrl.device import configure_device, describe_device
from jaxrl.errors import UserError
from jaxrl.evaluate import Evaluator, evaluation_spec
from jaxrl.game.game import rocket_league
from jaxrl.interrupts import StopSignals
from jaxrl.metrics import RunDisplay, Timing, banner, evaluation_scalars, update_scalars
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.rollout import Act, Collector
from jaxrl.sim.arena import SimSpec
from jaxrl.sim.start_states import resolve_start_states
from jaxrl.sim.vec_env import RocketSimEnv, auto_num_workers


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
        start_states=tuple(environment.start_states.items()),
        seed=config.training.seed,
    )


def train(config: Config, name: str) -> Result:
    """Trains as `config` says; `name` becomes part of the folder of logs.

    Raises UserError for what only shows once the run is set up (no such device, a reward term that cannot be found).
    """
    device = configure_device(config.accelerator)
    game = rocket_league(config.environment.team_size, config.environment.tick_skip, config.rewards)
    resolve_start_states(config.environment.start_states)  # a missing one is better said here than by a worker
    ppo = PPO(config, game)
    num_workers = config.environment.num_workers
    if num_workers == "auto":
        num_workers = auto_num_workers(config.environment.num_envs)
    checkpoints = Path(config.logging.checkpoint_dir)
    log_folder = Path(config.logging.log_dir) / f"{name}_{datetime.now():%Y%m%d-%H%M%S}"
    for key, folder in (("log_dir", log_folder), ("checkpoint_dir", checkpoints)):
        make_folder(folder, f"logging.{key}")
    print(banner(config, describe_device(device), num_workers, game.num_actions, log_folder), flush=True)

    with ExitStack() as stack:
        spec = sim_spec(config)
        env = stack.enter_context(RocketSimEnv(spec, num_workers))
        eval_spec = evaluation_spec(spec, config)
        eval_env = stack.enter_context(RocketSimEnv(eval_spec, min(num_workers, eval_spec.num_envs)))
        display = stack.enter_context(RunDisplay(log_folder, config))
        stop = stack.enter_context(StopSignals())
        if (set_aside := move_old_checkpoints(checkpoints)) is not None:
            display.say(f"the checkpoints of an earlier run are now in {set_aside}")

        state = jax.jit(ppo.init)()
        weights = {term: np.float32(weight) for term, weight in config.rewards.items()}
        collector = Collector(
            env, config.training.n_steps, game.num_cars, config.final_state_slots, config.training.seed
        )
        act = jax.jit(ppo.act)
        update = jax.jit(ppo.update, donate_argnums=0)
        evaluator = Evaluator(config, ppo, eval_env)

        env_steps = 0
        while env_steps < config.training.total_timesteps and stop.received is None:
            started = time.perf_counter()
            rollout = collector.collect(policy(act, state), int(state.updates))
            collected = time.perf_counter()
            state, metrics = jax.block_until_ready(update(state, rollout, weights))
            timing = Timing(collected - started, time.perf_counter() - collected)
            before, env_steps = env_steps, state.num_env_steps
            scalars = update_scalars(metrics, timing, config.steps_per_update)
            display.log(scalars, env_steps)
            display.progress(env_steps, scalars["reward/total_mean"], int(state.updates))
            if _passed(before, env_steps, config.evaluation.eval_freq):
                display.log(evaluation_scalars(evaluator(state, weights)), env_steps)
            if (mark := _passed(before, env_steps, config.logging.save_interval)) is not None:
                save_checkpoint(checkpoints / f"checkpoint_{mark}", state, config)

        final = checkpoints / "final"
        save_checkpoint(final, state, config)
        reason = f"stopped by {stop.received.name}" if stop.received else "done"
        display.say(f"{reason} after {env_steps:,} environment steps; saved {final}")
    return Result(state, final, stop.exit_code)


def policy(act: Callable[..., jax.Array], state: TrainState) -> Act:
    """The policy in `state` as the collector calls it: arrays of the host in, arrays of the host out."""

    def choose(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        return np.asarray(act(state.params, state.obs_stats, states, uniforms))

    return choose


def make_folder(folder: Path, key: str) -> None:
    """Creates `folder`; raises UserError naming the config's `key` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{key}: {folder} cannot be created ({error.strerror})") from error


def move_old_checkpoints(directory: Path) -> Path | None:
    """Sets the checkpoints of an earlier run aside, so that a new one overwrites nothing; returns where they are."""
    old = find_checkpoints(directory)
    if not old:
        return None
    aside = directory / f"earlier_{datetime.now():%Y%m%d-%H%M%S}"
    aside.mkdir()
    for folder in old:
        folder.rename(aside / folder.name)
    return aside


def _passed(before: int, now: int, interval: int) -> int | None:
    """The last multiple of `interval` in (before, now]; None if there is none."""
    mark = now // interval * interval
    return mark if mark > before else None
