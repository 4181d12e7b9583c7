"""Runs as they log, without a training: the project's own writer, and figures that a formula gives."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jaxrl.config.load import load_config
from jaxrl.config.schema import Config
from jaxrl.game.figures import FIGURES, STATISTICS
from jaxrl.report.tags import figure_tag, reward_breakdown
from jaxrl.report.tensorboard import EventLog

STEPS = 4096  # environment steps of an update
TERMS = ("goal", "concede", "touch", "speed_to_ball", "face_ball", "ball_to_goal", "boost_kept", "demo", "aerial")
STAGES = (
    "[{after: {touches_per_minute: 12}, rewards: {touch: 1}},"
    " {after: {goals_per_minute: 9, env_steps: 90_000_000}, rewards: {touch: 0.3}}]"
)


def config_of(tmp: Path, *overrides: str) -> Config:
    """A config with two stages, which logs and saves below `tmp`."""
    folders = [f"logging.log_dir={tmp}/logs", f"logging.checkpoint_dir={tmp}/checkpoints"]
    return load_config("final", [*folders, f"curriculum.stages={STAGES}", *overrides])


def figures(update: int) -> dict[str, float]:
    """What an update logs, all tags; the numbers mean nothing, but each tag has its own."""
    wave = math.sin(update / 50)
    scalars = {
        f"train/{name}": 0.1 + 0.01 * k * wave for k, name in enumerate(("policy_loss", "value_loss", "entropy"))
    }
    scalars |= {"train/approx_kl": 0.002, "train/clip_fraction": 0.1, "train/learning_rate": 1e-3 / update}
    scalars |= {"train/explained_variance": 0.9, "train/gradient_norm": 0.4, "train/stage": 1.0, "episode/length": 90.0}
    scalars |= {"speed/collect": 30_000.0, "speed/update": 10_000.0, "speed/overall": 7_500.0, "train/ent_coef": 0.01}
    scalars |= {"speed/physics": 37_500.0, "speed/inference": 150_000.0}
    terms = {name: (-1 if name == "concede" else 1) * (k + 1 + wave) / 100 for k, name in enumerate(TERMS)}
    scalars |= reward_breakdown(terms) | {"reward/total_mean": sum(terms.values())}
    scalars |= {f"game/{name}": k + wave for k, name in enumerate(STATISTICS)}
    scalars |= {figure_tag("game", name): k + wave for k, name in enumerate(FIGURES) if name not in STATISTICS}
    scalars |= {f"entropy/{name}": 0.5 for name in ("drive", "boost", "jump", "air")}
    scalars |= {"fault/workers_replaced": 0.0, "fault/arenas_rebuilt": 0.0, "fault/updates_dropped": float(update > 20)}
    return scalars


def matches(update: int) -> dict[str, float]:
    """What an evaluation and a rating log."""
    elo = 1000 + 20 * math.sqrt(update)
    return {
        **{"rating/elo": elo, "rating/elo_low": elo - 50, "rating/elo_high": elo + 50},
        **{"rating/goals_for_chaser": 3.0, "rating/goals_against_chaser": 1.0, "speed/evaluation_share": 0.05},
        **{"eval/goals_for": 4.0, "eval/goals_against": 0.5, "eval/win_rate": 0.9, "eval/mean_reward": 600.0},
        **{"eval/win_rate_low": 0.7, "eval/win_rate_high": 0.98},
    }


@contextmanager
def logging(folder: Path, config: Config, env_steps: int = 0) -> Iterator[EventLog]:
    """A writer, closed in the end."""
    log = EventLog(folder, config, env_steps)
    try:
        yield log
    finally:
        log.close()


def log_updates(log: EventLog, updates: Sequence[int], every: int = 10) -> None:
    """Log updates, and matches after each `every` of them."""
    for update in updates:
        log.log(figures(update), STEPS * update)
        if update % every == 0:
            log.log(matches(update), STEPS * update)


def write_run(folder: Path, config: Config, updates: int, every: int = 10) -> Path:
    """Log a whole run; returns its folder, which holds one file of events."""
    with logging(folder, config) as log:
        log_updates(log, range(1, updates + 1), every)
    return folder


def events_in(folder: Path) -> Path:
    """The one file of events in a folder."""
    (path,) = folder.glob("*tfevents*")
    return path


def wait_for_seconds() -> None:
    """A second later another file of events gets another name."""
    time.sleep(1.1)
