"""How a run is doing, in a few figures: how far, how fast, which stage, what went wrong, what is saved."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxrl.config.curriculum import DECAY
from jaxrl.config.types import ENV_STEPS
from jaxrl.dashboard.events import Series
from jaxrl.dashboard.settings import Settings
from jaxrl.game.figures import FIGURES, STATISTICS
from jaxrl.report.tags import figure_tag

UPDATE = "speed/overall"  # every update logs it
RECENT_SECONDS = 600.0  # over which the pace is taken: long enough for evaluations to count
RECENT_UPDATES = 50
QUIET_SECONDS = 120.0  # without news for longer, and for ten times its usual interval: a run is not running
FAULTS = ("fault/workers_replaced", "fault/arenas_rebuilt", "fault/updates_dropped", "cluster/rollouts_refused")


class Pace(NamedTuple):
    """How far a run is and how fast."""

    steps: int
    total: int  # 0: not known
    elapsed: float  # seconds since it began
    a_second: float  # environment steps lately
    left: float  # seconds; NaN: not known
    state: str  # running, done, quiet, or empty before the first update
    silence: float  # seconds since the newest event


class Limit(NamedTuple):
    """What the wall-clock lately went into."""

    shares: dict[str, float]  # of physics, inference and update; in a run that logs no more, of collecting and update
    most: str  # the one of them that limits
    evaluation: float  # share of all time
    overlap: bool  # collecting and learning go on at once


class Goal(NamedTuple):
    """A figure that the next stage waits for, or `env_steps`."""

    name: str
    now: float  # its running mean in this stage; environment steps of the run
    needed: float


class StageStatus(NamedTuple):
    """Where in its curriculum a run is."""

    number: int  # 0 is the first
    count: int
    begun: tuple[int, ...]  # environment steps at which each stage since the second began
    missing: tuple[Goal, ...]  # for the next


def pace(series: Mapping[str, Series], settings: Settings, now: float) -> Pace:
    """How far the run is `now`, seconds since 1970."""
    if (updates := series.get(UPDATE)) is None or not len(updates):
        return Pace(0, settings.total_steps, 0.0, 0.0, np.nan, "", 0.0)
    steps, times = updates.steps, updates.times
    first = int(np.searchsorted(times, times[-1] - RECENT_SECONDS))
    seconds, done = float(times[-1] - times[first]), int(steps[-1] - steps[first])
    rate = done / seconds if seconds > 0 else updates.last
    reached, total = int(steps[-1]), settings.total_steps
    left = max(total - reached, 0) / rate if total and rate > 0 else np.nan
    usual = seconds / max(len(times) - 1 - first, 1)
    newest = max(each.last_time for each in series.values() if len(each))
    is_quiet = now - newest > max(QUIET_SECONDS, 10 * usual)
    state = "done" if total and reached >= total else "quiet" if is_quiet else "running"
    return Pace(reached, total, float(times[-1] - times[0]), rate, left, state, now - newest)


def limit(series: Mapping[str, Series]) -> Limit | None:
    """What takes the time, of the last updates; None without any."""
    seconds = {name: _seconds_a_step(series, name) for name in ("collect", "update", "overall", "physics", "inference")}
    if not (seconds["collect"] and seconds["update"] and seconds["overall"]):
        return None
    both = seconds["collect"] + seconds["update"]
    overlap = seconds["overall"] < 0.9 * both
    parts = {"collecting": seconds["collect"]}
    if seconds["physics"] and seconds["inference"]:
        parts = {name: seconds[name] for name in ("physics", "inference")}
    most = max(parts, key=parts.__getitem__)
    # at once: the shorter of collecting and update limits nothing; in turn: each part counts for itself
    if seconds["update"] > (seconds["collect"] if overlap else parts[most]):
        most = "update"
    whole = sum(parts.values()) + seconds["update"]
    shares = {name: each / whole for name, each in (parts | {"update": seconds["update"]}).items()}
    evaluations = series.get("speed/evaluation_share")
    evaluation = evaluations.last if evaluations is not None and len(evaluations) else 0.0
    return Limit(shares, most, evaluation, overlap)


def _seconds_a_step(series: Mapping[str, Series], name: str) -> float:
    """Of a part of the last updates; 0 without any."""
    if (found := series.get(f"speed/{name}")) is None or not len(found):
        return 0.0
    recent = found.values[-RECENT_UPDATES:].astype(float)
    return float((1 / recent).mean()) if (recent > 0).all() else 0.0


def stage_status(series: Mapping[str, Series], settings: Settings) -> StageStatus | None:
    """Which stage, and what the next one waits for; None for a run without stages."""
    if not settings.stages or (stage := series.get("train/stage")) is None or not len(stage):
        return None
    numbers, steps = stage.values.astype(int), stage.steps
    number = int(numbers[-1])
    changes = np.flatnonzero(np.diff(numbers) > 0) + 1
    since = int(steps[np.flatnonzero(numbers != number)[-1] + 1]) if (numbers != number).any() else int(steps[0])
    after = settings.stages[number] if number < len(settings.stages) else {}
    missing = tuple(Goal(name, _reached(series, name, since), needed) for name, needed in after.items())
    return StageStatus(number, len(settings.stages) + 1, tuple(int(steps[k]) for k in changes), missing)


def _reached(series: Mapping[str, Series], name: str, since: int) -> float:
    """What the curriculum compares: steps, or a mean that begins at zero in each stage, as the updates are logged."""
    if name == ENV_STEPS:
        return float(series["train/stage"].steps[-1])
    tag = f"game/{name}" if name in STATISTICS else figure_tag("game", name) if name in FIGURES else ""
    if (found := series.get(tag)) is None:
        return 0.0
    values = found.values[found.steps >= since].astype(float)[-200:]  # older ones weigh nothing
    return float(((1 - DECAY) * DECAY ** np.arange(len(values))[::-1] * values).sum())


def faults(series: Mapping[str, Series]) -> dict[str, int]:
    """What went wrong and was put right since the run's process began, by name; only what did."""
    counts = {tag.partition("/")[2]: series[tag].last for tag in FAULTS if tag in series and len(series[tag])}
    return {name.replace("_", " "): int(count) for name, count in counts.items() if count > 0}
