"""`python train.py` in a process of its own, as small as it gets."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

ROOT = Path(__file__).parents[2]
FINAL = ROOT / "configs" / "final.yaml"
# 2 x 64 = 128 steps an update. Kickoffs without a touch end after 2 s, so that episodes end and evaluation is short.
TINY = {
    "training.batch_size": "128",
    "training.n_steps": "64",
    "training.n_minibatches": "2",
    "training.n_epochs": "1",
    "environment.physics": "rocketsim2",
    "environment.num_envs": "2",
    "environment.num_workers": "1",
    "environment.no_touch_seconds": "2",
    "network.actor": "[8]",
    "network.critic": "[8]",
    "evaluation.n_eval_episodes": "2",
    "evaluation.eval_freq": "300",
    "evaluation.match_seconds": "4",
    "logging.save_interval": "200",
    "training.total_timesteps": "500",
}


def command(settings: dict[str, str], *more: str, script: Path = ROOT / "train.py") -> list[str]:
    pairs = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    return [sys.executable, str(script), "--config", str(FINAL), *pairs, *more]


def run(settings: dict[str, str], *more: str, cwd: Path, script: Path = ROOT / "train.py"):
    return subprocess.run(command(settings, *more, script=script), cwd=cwd, capture_output=True, text=True, timeout=240)


def assert_one_error_line(done, *parts: str) -> None:
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr


def assert_one_line(error: Exception) -> None:
    assert len(str(error).splitlines()) == 1, error


def read_scalars(logs: Path) -> dict[str, list[tuple[int, float]]]:
    """{tag: [(step, value)]} of the one run in `logs`, read by TensorBoard's own reader."""
    (folder,) = logs.iterdir()
    events = EventAccumulator(str(folder))
    events.Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def run_until(settings: dict[str, str], cwd: Path, reached: Callable[[], bool], number: int, group: bool = False):
    """Trains until `reached`, then sends signal `number`; returns the exit code and what was printed."""
    with (cwd / "output").open("w") as output:
        process = subprocess.Popen(command(settings), cwd=cwd, stdout=output, stderr=output, start_new_session=True)
        try:
            deadline = time.monotonic() + 180
            while not reached():
                assert process.poll() is None, (cwd / "output").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            os.killpg(process.pid, number) if group else os.kill(process.pid, number)
            code = process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
    return code, (cwd / "output").read_text()


def name_of(number: int) -> str:
    return signal.Signals(number).name
