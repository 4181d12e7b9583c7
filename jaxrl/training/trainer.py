"""A training run: the loop, and all that has to stand around it. The only module that imports all the others."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import jax
import jax.numpy as jnp

from jaxrl.bots.players import make_player
from jaxrl.checkpoints.files import delete_old, newest_intact
from jaxrl.checkpoints.resume import init_from, log_folder_of, resume
from jaxrl.checkpoints.training_state import save_checkpoint
from jaxrl.config.schema import Config
from jaxrl.errors import SaveError, UserError
from jaxrl.game.starts.registry import resolve_start_states
from jaxrl.matches.evaluation import Evaluator, evaluation_spec
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.report.banner import banner
from jaxrl.report.progress import say
from jaxrl.report.tags import Timing, evaluation_scalars, fault_scalars, update_scalars
from jaxrl.report.tensorboard import RunDisplay
from jaxrl.signals import StopSignals
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import (
    check_rewards,
    make_game,
    num_groups,
    policy,
    reward_weights,
    sim_spec,
    worker_processes,
)
from jaxrl.training.device import act_options, configure_device, describe_device
from jaxrl.training.folders import make_folder, move_checkpoints_aside, only_trainer_in
from jaxrl.training.match_recorder import PageWriter
from jaxrl.training.nan_guard import NanWatch

PERIODIC = "checkpoint_"  # checkpoint_100000, checkpoint_200000, ...

NEWEST = Path()  # --resume without a folder

BEFORE_EVERYTHING = -2  # environment steps; a damaged checkpoint counts as having -1


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    state: TrainState
    checkpoint: Path
    exit_code: int  # 0, or 128 + the signal that stopped the run


def train(
    config: Config, name: str = "run", resume_from: Path | None = None, weights_from: Path | None = None
) -> Result:
    """Trains as `config` says; `name` becomes part of the folder of logs.

    `resume_from` is a checkpoint to go on with, or NEWEST for the newest intact one of the config's folder;
    `weights_from` one whose weights and statistics a new run starts with. Raises UserError for what only shows once the
    run is set up (no such device, a reward term that cannot be found, a checkpoint of another network).
    """
    device = configure_device(config.accelerator)
    game = make_game(config)
    # what the config names but cannot be had is better said before anything starts
    resolve_start_states(config.start_weights(0))
    environment = config.environment
    timing = environment.tick_skip, environment.action_delay_ticks
    opponent = make_player(config.evaluation.opponent, environment.team_size, *timing, "jax")
    check_rewards(game)
    if config.logging.wandb and find_spec("wandb") is None:
        raise UserError(
            'logging.wandb: the package is missing: uv sync --extra wandb, or pip install "jaxrl-rocketleague[wandb]"'
        )
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
        env = stack.enter_context(RocketSimEnv(spec, num_workers, num_groups(config), say))
        eval_spec = evaluation_spec(spec, config, opponent)
        eval_env = stack.enter_context(RocketSimEnv(eval_spec, num_workers, report=say))
        evaluator = Evaluator(config, ppo, eval_env, opponent)
        display = stack.enter_context(RunDisplay(log_folder, config, state.num_env_steps))
        stop = stack.enter_context(StopSignals())
        # a resumed run goes on from here: what was saved beyond this point belongs to the run it leaves
        beyond = BEFORE_EVERYTHING if resume_from is None else state.num_env_steps
        if (set_aside := move_checkpoints_aside(checkpoints, beyond)) is not None:
            say(f"the checkpoints of an earlier run are now in {set_aside}")

        run = Run(config, ppo, device, env, eval_env, evaluator, display, log_folder, state)
        try:
            while run.state.num_env_steps < config.training.total_timesteps and stop.received is None:
                run.update()
        except Exception:  # workers or numbers have failed for good, say; what was learnt until then is not lost
            run.try_to_save("final")
            raise
        final = run.save("final")
        reason = f"stopped by {stop.received.name}" if stop.received else "done"
        say(f"{reason} after {run.state.num_env_steps:,} environment steps; saved {final}")
    return Result(run.state, final, stop.exit_code)


class Run:
    """The loop: collect, update, log, and now and then evaluate and save."""

    def __init__(
        self,
        config: Config,
        ppo: PPO,
        device: jax.Device,
        env: RocketSimEnv,
        eval_env: RocketSimEnv,
        evaluator: Evaluator,
        display: RunDisplay,
        log_folder: Path,
        state: TrainState,
    ) -> None:
        self.config, self.ppo, self.env, self.evaluator, self.display = config, ppo, env, evaluator, display
        self.log_folder, self.state = log_folder, state
        self._eval_env, self._rebuilt = eval_env, 0
        self._recorder = PageWriter(config, ppo, log_folder / "matches") if config.evaluation.record else None
        self._act = jax.jit(ppo.act, compiler_options=act_options(device))
        self._update = jax.jit(ppo.update, donate_argnums=0)
        self._nan_watch = NanWatch(config.training.on_nan, say)
        self._evaluated = time.perf_counter()
        self._enter_stage(int(state.stage))
        training = config.training
        self._collector = Collector(env, training.n_steps, ppo.game.num_cars, config.final_state_slots, training.seed)

    def update(self) -> None:
        """One rollout and what is learnt from it. Raises UserError when workers or numbers fail for good."""
        config, before, started = self.config, self.state.num_env_steps, time.perf_counter()
        act = policy(self._act, self.state, config.environment.one_by_one)
        rollout = self._collector.collect(act, int(self.state.updates))
        collected = time.perf_counter()
        self.state, metrics = jax.block_until_ready(self._update(self.state, rollout, self._weights))
        timing = Timing(collected - started, time.perf_counter() - collected)
        self._nan_watch.look(metrics, int(self.state.updates))
        now = self.state.num_env_steps
        scalars = update_scalars(metrics, timing, config)
        scalars |= self._faults()
        self.display.log(scalars, now)
        self.display.progress(now, scalars["reward/total_mean"], int(self.state.updates))
        if int(self.state.stage) != self._stage:
            self._enter_stage(int(self.state.stage))
            # rewards of two stages do not compare
            self.state = self.state.replace(best_eval_reward=jnp.float32(-jnp.inf))
            say(f"stage {self._stage} of the curriculum begins at {now:,} environment steps")
        if passed(before, now, config.evaluation.eval_freq):
            self._evaluate()
        if (mark := passed(before, now, config.logging.save_interval)) is not None:
            self.try_to_save(f"{PERIODIC}{mark}")
            delete_old(Path(config.logging.checkpoint_dir), PERIODIC, config.logging.keep)

    def save(self, name: str) -> Path:
        """Saves the run as it is now; returns the folder. Raises SaveError where that fails."""
        folder = Path(self.config.logging.checkpoint_dir) / name
        examples = self._collector.state[:4].copy()
        save_checkpoint(folder, self.state, self.config, self.ppo, examples, self.log_folder)
        return folder

    def try_to_save(self, name: str) -> bool:
        """A checkpoint that cannot be written is no reason to stop: the next one may, and older ones are there."""
        try:
            self.save(name)
        except SaveError as error:
            say(f"{error}; what was saved before is intact")
            return False
        return True

    def _faults(self) -> dict[str, float]:
        """Counts of what was put right so far; says what is new of it and was not said by others."""
        envs = (self.env, self._eval_env)
        rebuilt = sum(env.arenas_rebuilt for env in envs)
        if rebuilt > self._rebuilt:
            say(f"RocketSim came to NaN {rebuilt - self._rebuilt} times: the arena was made anew, its episode cut off")
        self._rebuilt = rebuilt
        return fault_scalars(
            workers_replaced=sum(env.workers_replaced for env in envs),
            arenas_rebuilt=rebuilt,
            updates_dropped=self._nan_watch.dropped,
        )

    def _enter_stage(self, stage: int) -> None:
        self._stage, self._weights = stage, reward_weights(self.config, stage)
        self.env.set_start_weights([*self.config.start_weights(stage).values()])

    def _evaluate(self) -> None:
        started, previous_end = time.perf_counter(), self._evaluated
        evaluation = self.evaluator(self.state, self._weights)
        if self._recorder is not None:
            self._record(self._recorder)
        self._evaluated = time.perf_counter()
        share = (self._evaluated - started) / (self._evaluated - previous_end)
        self.display.log(evaluation_scalars(evaluation, share), self.state.num_env_steps)
        if evaluation.mean_reward > self.state.best_eval_reward:
            before = self.state
            self.state = before.replace(best_eval_reward=jnp.float32(evaluation.mean_reward))
            if not self.try_to_save("best"):
                self.state = before

    def _record(self, recorder: PageWriter) -> None:
        try:
            path, title = recorder(self.state, self._weights)
        except UserError as error:  # a full disk; a term of the user's that does not run under numpy
            say(str(error))
            return
        self.display.match(path, title, self.state.num_env_steps)


def passed(before: int, now: int, interval: int) -> int | None:
    """The last multiple of `interval` in (before, now]; None if there is none."""
    mark = now // interval * interval
    return mark if mark > before else None
