"""The banner that describes a run before it starts."""

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from jaxrl.config.batch import Batch
from jaxrl.config.rewards import RewardWeight
from jaxrl.config.schema import Config
from jaxrl.errors import printable
from jaxrl.game.observation.additions import ADDITIONS
from jaxrl.game.observation.ball_path import BALL_PATH_SIZE
from jaxrl.game.observation.car_frame import car_frame_size
from jaxrl.game.observation.custom import custom_size
from jaxrl.game.observation.near_pads import NEAR_PADS_SIZE
from jaxrl.game.observation.standard import observation_size
from jaxrl.game.physics import Engine
from jaxrl.nets import precision
from jaxrl.sim.engine import describe, resolve

MAX_WIDTH = 110  # characters of a value in a line
FOLDERS = ("logs", "checkpoints")


def describe_observation(config: Config) -> str:
    """Describe the observation: `107 numbers`, and what the config adds to them, or has in their place."""
    num_cars, view = config.environment.num_cars, config.observation.view
    sizes = {"numbers": view.standard * observation_size(num_cars)}
    sizes |= {"in the car's own frame": view.car_frame * car_frame_size(num_cars)}
    sizes |= {"in those of others": view.other_frames * (num_cars - 1) * car_frame_size(num_cars)}
    sizes |= {name.replace("_", " "): getattr(view, name) * ADDITIONS[name].size(num_cars) for name in ADDITIONS}
    sizes |= {"of the nearest pads": view.near_pads * NEAR_PADS_SIZE}
    sizes |= {"of the ball's path": view.ball_path * BALL_PATH_SIZE}
    sizes |= {f"of {view.custom}": custom_size(view.custom, num_cars) if view.custom else 0}
    seen = " + ".join(f"{size} {name}" for name, size in sizes.items() if size)
    return f"{seen}{', mirrored' if view.mirror else ''}"


def describe_actions(config: Config, num_actions: int) -> str:
    """Describe the actions: `90, masked`, and whose table it is if not the standard one."""
    table = f" of {config.game.action_table}" if config.game.action_table else ""
    return f"{num_actions}{table}{', masked' if config.game.action_masks else ''}"


def describe_league(config: Config) -> str:
    """Describe who plays beside the present self: `past selves in 25% of the arenas, chaser in 5%`."""
    shares = {"past selves": config.league.share, **config.league.opponents}
    return ", ".join(f"{name} in {share:.0%} of the arenas" for name, share in shares.items() if share)


def stepped_by(engine: Engine, num_workers: int) -> str:
    """`2 processes`: what steps the arenas."""
    if engine == "rocketsim3":
        num_threads = max(num_workers, 1)
        return f"{num_threads} thread{'s' if num_threads > 1 else ''}"
    return f"{num_workers or 'this'} process{'es' if num_workers > 1 else ''}"


def describe_schedule(rates: Sequence[float], last: float, cooldown: float) -> str:
    """What a rate is in the first stage and each that changes it, at last, and in which share of the run it falls."""
    changes = [(stage, rate) for stage, (old, rate) in enumerate(pairwise(rates), 1) if rate != old]
    text = f"{rates[0]:g}" + "".join(f", {rate:g} in stage {stage}" for stage, rate in changes)
    if cooldown == 0:
        return text
    return f"{text} -> {last:g}" + (f" in the last {cooldown:.0%}" if cooldown < 1 else "")


def describe_batches(batches: Sequence[Batch]) -> str:
    """What an update learns from in the first stage, and in each that changes it."""
    first = batches[0]
    text = (
        f"{first.env_steps:,} environment steps = {first.num_envs} x {first.n_steps} ({first.transitions:,} "
        f"transitions), {first.n_epochs} epochs of {first.n_minibatches} minibatches of {first.minibatch_size:,}"
    )
    for stage, (before, batch) in enumerate(pairwise(batches), 1):
        if batch != before:
            text += f"; {batch.env_steps:,} in stage {stage}, minibatches of {batch.minibatch_size:,}"
    return text


def describe_total(config: Config) -> str:
    """How long the run is; in updates, too, where all are of the same size."""
    total = config.training.total_timesteps
    updates = f" = {config.batch.updates(total):,} updates" if len({*config.batches}) == 1 else ""
    return f"{total:,} environment steps{updates}"


def banner(config: Config, device: str, num_workers: int, num_actions: int, log_folder: Path) -> str:
    """Text that shows device, sizes, schedules and folders of a run."""
    training, environment = config.training, config.environment
    team, engine = environment.team_size, resolve(environment.physics)
    special = "; ".join(
        f"{name} {weight}" for name, weight in config.rewards.items() if isinstance(weight, RewardWeight)
    )
    rows = {
        "device": f"{device}, precision {precision.resolve(config.accelerator.precision)}",
        "physics": f"{describe(engine)} in {stepped_by(engine, num_workers)}",
        "environments": f"{environment.num_envs} arenas of {team}v{team}, "
        f"{config.decisions_per_second:g} decisions a second of game",
        "observation": describe_observation(config),
        "actions": describe_actions(config, num_actions),
        **({"opponents": describe_league(config)} if config.league.plays else {}),
        **({"rewards": special} if special else {}),
        "batch": describe_batches(config.batches),
        "learning rate": describe_schedule(
            [each.learning_rate for each in config.trainings], training.final_lr, training.cooldown
        ),
        "entropy": describe_schedule(
            [each.ent_coef for each in config.trainings], training.final_ent_coef, training.cooldown
        ),
        "total": describe_total(config),
        "logs": f"{log_folder} (tensorboard --logdir={config.logging.log_dir})",
        "checkpoints": config.logging.checkpoint_dir,
    }
    title = " jaxrl "
    lines = [printable(line) for name, value in rows.items() for line in _row(name, value)]
    width = max(map(len, lines)) + 2
    return "\n".join([title.center(width, "="), *lines, "=" * width])


def _row(name: str, value: str) -> list[str]:
    """The lines of a row: `value` is broken between words, but for names of folders, which are to be copied."""
    parts = [value]
    if name not in FOLDERS:
        parts = textwrap.wrap(value, MAX_WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"  {name:<14}{parts[0]}", *(f"{'':<16}{part}" for part in parts[1:])]
