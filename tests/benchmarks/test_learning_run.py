"""A timed training of real processes, and a longer one that goes on from it."""

import pytest
from support.cli import TINY

from benchmarks.learning import run as timed
from benchmarks.learning.run import Run
from jaxrl.bots.policy_files import load_policy

CONFIG = "configs/final.yaml"
BUDGET = 300.0  # seconds; the runs end long before


def settings(steps, **more):
    tiny = {**TINY, "training.cooldown": "0.5", "training.total_timesteps": str(steps), **more}
    return [f"{key}={value}" for key, value in tiny.items() if key not in ("logging.save_interval", "logging.keep")]


@pytest.mark.slow
def test_a_longer_run_goes_on_from_before_the_cool_down(monkeypatch, tmp_path):
    """8 updates of 128 steps, of which 4 at the full rate; then 16, of which those 4 are not trained again."""
    monkeypatch.setattr(timed, "SAVE_STEPS", 128)
    short, long = Run(tmp_path / "short"), Run(tmp_path / "long")
    short.train(CONFIG, settings(1024), 0, BUDGET)
    assert max(short.seconds) == 1024
    long.train(CONFIG, settings(2048), 0, BUDGET, short)
    assert max(long.seconds) == 2048
    newest = min(steps for steps in short.seconds if steps >= 512)  # of those that were seen before they were deleted
    assert {steps: long.seconds[steps] for steps in short.seconds if steps <= newest} == {
        steps: seconds for steps, seconds in short.seconds.items() if steps <= newest
    }
    assert long.seconds[2048] > short.seconds[newest]
    assert load_policy(long.snapshot(2048)).description.env_steps == 2048

    other = Run(tmp_path / "other")
    with pytest.raises(SystemExit, match="a run of another config"):
        other.train(CONFIG, settings(2048, **{"training.gamma": "0.9"}), 0, BUDGET, short)


@pytest.mark.slow
def test_without_a_cool_down_no_run_can_be_made_longer(monkeypatch, tmp_path):
    monkeypatch.setattr(timed, "SAVE_STEPS", 128)
    short = Run(tmp_path / "short")
    short.train(CONFIG, settings(256, **{"training.cooldown": "1"}), 0, BUDGET)
    with pytest.raises(SystemExit, match="before_cooldown: not found"):
        Run(tmp_path / "long").train(CONFIG, settings(512, **{"training.cooldown": "1"}), 0, BUDGET, short)
