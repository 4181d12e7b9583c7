"""A training run: the loop, and all that has to stand around it."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from signal import Signals

import jax

from jaxrl.checkpoints.directory import load_from
from jaxrl.checkpoints.resume import init_from, log_folder_of, resume, resume_newest
from jaxrl.checkpoints.training_state import check_room, load_checkpoint_config
from jaxrl.config.schema import Config
from jaxrl.errors import SaveError, UserError
from jaxrl.game.physics import Physics
from jaxrl.matches.evaluation import Evaluator, evaluation_spec
from jaxrl.matches.rating import Rater
from jaxrl.ppo.train_state import TrainState
from jaxrl.report.banner import banner
from jaxrl.report.display import RunDisplay
from jaxrl.report.progress import say
from jaxrl.report.tags import fault_scalars, update_scalars, weight_scalars
from jaxrl.signals import StopSignals
from jaxrl.sim.engine import make_env, resolve, settle
from jaxrl.streams import show
from jaxrl.training.build import Parts, build
from jaxrl.training.cluster.source import collect_in_cluster
from jaxrl.training.collecting import Arenas, Collecting, collect_here
from jaxrl.training.device import configure_device, describe_device, has_accelerator
from jaxrl.training.folders import KEY, CheckpointFolder, TakenError, log_folder, writing
from jaxrl.training.hosts.follow import follow
from jaxrl.training.hosts.join import hosts_of
from jaxrl.training.hosts.meeting import Hosts, LostHostError
from jaxrl.training.match_recorder import PageWriter
from jaxrl.training.nan_guard import NanGuard
from jaxrl.training.periodic import Evaluation, Job, PastSelves
from jaxrl.training.rating_process import RatingProcess
from jaxrl.training.ratings import Beside, InTurn, Ratings
from jaxrl.training.saver import Saver
from jaxrl.training.stage import Stage

NEWEST = Path()  # --resume without a folder


@dataclass(frozen=True)
class Result:
    """The end of a run."""

    state: TrainState
    checkpoint: Path | None  # None where host 0 has it
    stopped: bool  # by a signal, before its end
    exit_code: int  # 0, 128 + the signal that stopped the run, or 1 if nothing could be learned


def train(
    config: Config,
    name: str = "run",
    resume_from: Path | None = None,
    weights_from: Path | None = None,
    cluster: str | None = None,
    dashboard: int | None = None,
) -> Result:
    """Train as `config` says; `name` becomes part of the folder of logs.

    `resume_from` is a checkpoint to continue from, or NEWEST for the newest intact one in the config's folder;
    `weights_from` one whose weights and statistics a new run starts with. `cluster` is the address of a Ray cluster
    whose nodes collect, see `--cluster`; `dashboard` the port of a page of this run. Raises UserError for what only
    shows when the run is set up: no such device, a reward term that cannot be found, a checkpoint of another network.

        from jaxrl import load_config, train

        train(load_config("configs/final.yaml", ["training.total_timesteps=100_000"]))
    """
    device = configure_device(config.accelerator)
    hosts = hosts_of(config)
    parts = build(config, hosts)
    if hosts is not None and not hosts.leads:
        state = follow(parts, hosts, device)
        return Result(state, None, bool(hosts.stops), hosts.exit_code)
    path = Path(config.logging.checkpoint_dir)
    with ExitStack() as stack:
        # everything is checked before anything is written
        with writing(KEY, path):
            checkpoints = stack.enter_context(CheckpointFolder(path, say)) if path.is_dir() else None
        begin = _begin(parts, resume_from, weights_from)
        state, engine = begin.state, settle(config.environment.physics, begin.physics, say)
        if hosts is not None:
            state, engine = hosts.begin(state, engine)
        parts = parts.in_physics(engine)
        config = parts.config
        with writing(KEY, path):
            path.mkdir(parents=True, exist_ok=True)
            checkpoints = checkpoints or stack.enter_context(CheckpointFolder(path, say))
            check_room(path, state)
        logs = log_folder(config, name, begin.logs, say, stack)
        workers, actions = parts.num_workers, parts.game.num_actions
        devices = describe_device(device, parts.ppo.spread.size, 1 if hosts is None else hosts.number)
        show(banner(config, devices, workers, actions, logs))
        if dashboard is not None:
            from jaxrl.dashboard.beside import beside

            stack.enter_context(beside(logs, dashboard, say))

        stop = StopSignals()
        if cluster is None:
            source, state = collect_here(parts, begin.checkpoint, state, device, stack)
        else:
            found = parts, begin.checkpoint, state, device
            source, state = collect_in_cluster(cluster, *found, stop, stack)
        run = _start(parts, source, state, logs, checkpoints, stack)
        stack.enter_context(stop)
        # what was saved beyond the point from which a run is resumed belongs to the run it leaves
        checkpoints.move_aside(None if resume_from is None else state.num_env_steps)
        state, final = _loop(run, state, stop)
        if hosts is not None:
            hosts.end()
    reason = f"stopped by {stop.received.name}" if stop.received else "done"
    if hosts is not None and hosts.stops and not stop.received:
        reason = f"stopped by {Signals(hosts.stops).name} on another host"
    say(f"{reason} after {state.num_env_steps:,} environment steps; saved {final}")
    run.guard.summarize()
    code = stop.exit_code if hosts is None else hosts.exit_code
    return Result(state, final, bool(code), code or int(run.guard.all_dropped))


@dataclass(frozen=True)
class _Begin:
    """What a run begins with."""

    state: TrainState
    # of the run that is continued, if there is one
    checkpoint: Path | None = None
    logs: Path | None = None
    physics: Physics | None = None


def _begin(parts: Parts, resume_from: Path | None, weights_from: Path | None) -> _Begin:
    config, ppo = parts.config, parts.ppo
    if resume_from is not None:
        if resume_from == NEWEST:
            source, state = resume_newest(Path(config.logging.checkpoint_dir), config, ppo, say)
        else:
            source, state = load_from(resume_from, lambda folder: resume(folder, config, ppo, say), say)
        say(f"resuming from {source} at {state.num_env_steps:,} environment steps")
        physics = load_checkpoint_config(source).environment.physics
        return _Begin(state, source, log_folder_of(source, config, say), physics)
    if weights_from is None:
        return _Begin(jax.jit(ppo.init)())
    source, state = load_from(weights_from, lambda folder: init_from(folder, config, ppo), say)
    say(f"starting with the weights of {source}")
    return _Begin(state)


@dataclass(frozen=True)
class _Run:
    """Everything that the loop works with."""

    config: Config
    source: Collecting
    display: RunDisplay
    guard: NanGuard
    arenas: tuple[Arenas, ...]  # of training and evaluation
    stage: Stage
    saver: Saver
    evaluation: Evaluation
    jobs: tuple[Job, ...]
    hosts: Hosts | None


def _start(
    parts: Parts,
    source: Collecting,
    state: TrainState,
    logs: Path,
    checkpoints: CheckpointFolder,
    stack: ExitStack,
) -> _Run:
    """Start the arenas of evaluations and open the display, which `stack` closes."""
    config, ppo = parts.config, parts.ppo
    spec = replace(parts.spec, first_episode=state.num_env_steps)
    eval_spec = evaluation_spec(spec, config, parts.opponent)
    eval_env = stack.enter_context(make_env(config.environment.physics, eval_spec, parts.num_workers, report=say))
    with writing("logging.log_dir", logs):
        display = stack.enter_context(RunDisplay(logs, config, state.num_env_steps))
    stage = Stage(config, source, int(state.stage))
    saver = Saver(config, ppo, source.progress, logs, checkpoints, source.league)
    page_writer = PageWriter(config, ppo, logs / "matches") if config.evaluation.record else None
    evaluator = Evaluator(config, ppo, eval_env, parts.opponent)
    ratings = _ratings(parts, stack)
    evaluation = Evaluation(config, evaluator, eval_env, stage, saver, display, page_writer, ratings)
    guard = NanGuard(config.training.on_nan, say)
    jobs: tuple[Job, ...] = (stage, evaluation, saver)
    if source.league is not None and config.league.share:
        jobs = (PastSelves(config.league.save_every, source.league.pool), *jobs)
    arenas = source.arenas, eval_env
    if parts.hosts is not None:
        parts.hosts.watch(lambda line, last: say(f"{line}; saved {saver.save_last(state if last is None else last)}"))
    return _Run(config, source, display, guard, arenas, stage, saver, evaluation, jobs, parts.hosts)


def _ratings(parts: Parts, stack: ExitStack) -> Ratings | None:
    """Who rates the bot, until `stack` closes; None in a run without anchors. An accelerator waits for no match."""
    if not parts.anchors:
        return None
    if has_accelerator():
        process = RatingProcess(parts.config, say)
        stack.callback(process.close)
        return Beside(process)
    rater = Rater(parts.config, parts.ppo, parts.anchors, resolve(parts.config.environment.physics))
    stack.callback(rater.close)
    return InTurn(rater)


def _loop(run: _Run, state: TrainState, stop: StopSignals) -> tuple[TrainState, Path]:
    """Train until the end or a signal; returns the last state and the folder it was saved in."""
    total, rebuilt = run.config.training.total_timesteps, 0
    try:
        while state.num_env_steps < total and not _is_asked_to_stop(run, stop):
            before = state.num_env_steps
            weights, moving = run.stage.weights(state), run.stage.moving_weights(state)
            is_last = before + run.config.batches[run.stage.number].env_steps >= total
            if (done := run.source.advance(state, weights, is_last)) is None:
                break
            state, metrics, timing = done
            run.guard.check(metrics, int(state.updates))
            rebuilt = _report_rebuilt(run, rebuilt)
            scalars = update_scalars(metrics, timing, run.config, state.num_env_steps - before)
            scalars |= weight_scalars(moving) | _faults(run, rebuilt)
            scalars |= run.source.figures()
            run.display.log(scalars, state.num_env_steps)
            run.display.progress(state.num_env_steps, scalars["reward/total_mean"], int(state.updates))
            for job in run.jobs:
                state = job(state, before)
        if stop.received is None:
            state = run.evaluation.end(state)
    except TakenError as error:
        raise SaveError(f"{error}; stopped, and saved {run.saver.save_last(state)}") from error
    except LostHostError as error:
        raise LostHostError(f"{error}; saved {run.saver.save_last(state)}, --resume goes on from it") from error
    except Exception as error:  # workers or numbers have failed for good: what was learned until then is not lost
        _save_after(error, run.saver, state)
        raise
    return state, run.saver.save_last(state)


def _is_asked_to_stop(run: _Run, stop: StopSignals) -> bool:
    """Several hosts stop after the same update: that before which they tell each other."""
    if run.hosts is None:
        return stop.received is not None
    run.hosts.asked = stop.received or 0
    return run.hosts.stops > 0


def _save_after(error: Exception, saver: Saver, state: TrainState) -> None:
    """Save what was learned before `error`; raises UserError for both if that fails, too."""
    try:
        saver.save_last(state)
    except SaveError as failed:
        if isinstance(error, UserError):
            raise SaveError(f"{error}; and {failed}") from error
        say(str(failed))


def _report_rebuilt(run: _Run, known: int) -> int:
    """Number of arenas rebuilt so far; say so if there are more than are `known`."""
    rebuilt = sum(env.arenas_rebuilt for env in run.arenas)
    if rebuilt > known:
        say(f"physics produced NaN {rebuilt - known} times: arena rebuilt, episode truncated")
    return rebuilt


def _faults(run: _Run, rebuilt: int) -> dict[str, float]:
    """Counts of what went wrong and was put right so far."""
    replaced = sum(env.workers_replaced for env in run.arenas)
    return fault_scalars(workers_replaced=replaced, arenas_rebuilt=rebuilt, updates_dropped=run.guard.dropped)
