"""What is said of a run, from curves made by hand."""

from pathlib import Path

import numpy as np
import pytest
from support.event_files import config_of

from jaxrl.config.load import dump_config
from jaxrl.dashboard.curves import MAX_POINTS, thin
from jaxrl.dashboard.events import Series
from jaxrl.dashboard.settings import Settings, settings
from jaxrl.dashboard.status import faults, limit, pace, stage_status


def series(values, steps=None, times=None):
    made = Series()
    count = len(values)
    steps = np.arange(1, count + 1) * 100 if steps is None else np.array(steps)
    times = np.arange(count, dtype=float) if times is None else np.array(times, float)
    made.extend(steps.astype(np.int64), times, np.array(values, np.float32))
    return made


def speeds(**values):
    return {f"speed/{name}": series([value] * 3) for name, value in values.items()}


def test_pace_and_time_left():
    """100 steps a second, 500 of 2,000 done: 15 seconds are left."""
    found = pace({"speed/overall": series([1.0] * 5)}, Settings(2000), now=5.0)
    assert (found.steps, found.elapsed, found.a_second, found.left, found.state) == (500, 4.0, 100.0, 15.0, "running")
    assert found.silence == 1.0


def test_pace_is_that_of_the_last_ten_minutes():
    """A slow day ago, 10 steps a second now."""
    curve = series([1.0] * 3, steps=[100, 200, 1200], times=[0, 86_400, 86_500])
    assert pace({"speed/overall": curve}, Settings(), now=86_500).a_second == 10.0


@pytest.mark.parametrize(("total", "now", "state"), [(500, 5.0, "done"), (2000, 500.0, "quiet"), (0, 5.0, "running")])
def test_whether_it_runs(total, now, state):
    assert pace({"speed/overall": series([1.0] * 5)}, Settings(total), now).state == state


def test_nothing_yet():
    assert pace({}, Settings(), 0.0).state == ""
    assert limit({}) is None
    assert stage_status({}, Settings(stages=({"touches_per_minute": 1.0},))) is None


def test_what_limits():
    """At 300 and 100 steps/s a step takes 1/300 and 3/300 s: a quarter of the time is collecting."""
    found = limit(speeds(collect=300, update=100, overall=75))
    assert (found.most, found.overlap) == ("update", False)
    assert found.shares == pytest.approx({"collecting": 0.25, "update": 0.75})
    assert limit(speeds(collect=300, update=100, overall=100)).overlap


def test_what_limits_of_collecting():
    """A step takes 4/600 s: 3 of them physics, 1 inference; beside it the update takes 2."""
    parts = {"collect": 150, "physics": 200, "inference": 600, "update": 300}
    found = limit(speeds(**parts, overall=100))
    assert (found.most, found.overlap) == ("physics", False)
    assert found.shares == pytest.approx({"physics": 3 / 6, "inference": 1 / 6, "update": 2 / 6})


@pytest.mark.parametrize(("overall", "most"), [(60, "update"), (100, "inference")])
def test_at_once_only_the_longer_of_collecting_and_update_limits(overall, most):
    """A step takes 3 of inference, 2 of physics, and beside those 5, or after them, 4 of the update."""
    found = limit(speeds(collect=120, physics=300, inference=200, update=150, overall=overall))
    assert found.overlap == (overall == 100)
    assert found.most == most


def test_what_the_next_stage_waits_for():
    """Two updates in the stage, 10 touches each: 0.1 x 10 = 1, then 0.9 x 1 + 1 = 1.9."""
    known = Settings(stages=({"touches_per_minute": 3.0}, {"touches_per_minute": 12.0}))
    curves = {"train/stage": series([0, 0, 1, 1]), "game/touches_per_minute": series([50, 50, 10, 10])}
    found = stage_status(curves, known)
    assert (found.number, found.count, found.begun) == (1, 3, (300,))
    ((name, now, needed),) = found.missing
    assert (name, needed) == ("touches_per_minute", 12.0)
    assert now == pytest.approx(1.9)
    assert stage_status({"train/stage": series([2])}, known).missing == ()


def test_the_next_stage_may_wait_for_steps():
    """`series` has 100 steps an update."""
    known = Settings(stages=({"env_steps": 90_000_000.0},))
    ((name, now, needed),) = stage_status({"train/stage": series([0, 0, 0])}, known).missing
    assert (name, now, needed) == ("env_steps", 300, 90_000_000)


def test_only_faults_there_were_are_told():
    assert faults({"fault/arenas_rebuilt": series([0, 2]), "fault/workers_replaced": series([0])}) == {
        "arenas rebuilt": 2
    }


def test_settings_of_a_logged_config(tmp_path):
    text = "\n".join("    " + line for line in dump_config(config_of(tmp_path)).splitlines())
    found = settings(text, tmp_path / "logs/run")
    assert found.checkpoints == tmp_path / "checkpoints"
    assert found.stages == ({"touches_per_minute": 12.0}, {"goals_per_minute": 9.0, "env_steps": 90_000_000.0})
    assert found.total_steps > 0
    relative = "logging: {log_dir: ./logs, checkpoint_dir: saved}"
    assert settings(relative, tmp_path / "logs/run").checkpoints == tmp_path / "saved"


@pytest.mark.parametrize("text", ["", "[", "5", "training: 3", "curriculum: {stages: [1, {after: 2}]}"])
def test_any_other_config_says_nothing(text):
    assert settings(text, Path()).total_steps == 0


def test_a_long_curve_is_thinned_to_means():
    """1,500 values 0, 1, 2, ...: means of 4, the first (0+1+2+3)/4 = 1.5 where the fourth stands."""
    curve = thin(series(np.arange(1500)))
    assert curve.width == 4
    assert len(curve.values) == 375 <= MAX_POINTS
    assert (curve.values[0], curve.steps[0], curve.times[0]) == (1.5, 400, 3.0)
    short = thin(series([3.0, 5.0]))
    assert (short.values.tolist(), short.width) == ([3.0, 5.0], 1)
    uneven = thin(series(np.arange(1026)))
    assert uneven.values[-1] == np.mean([1024, 1025])
