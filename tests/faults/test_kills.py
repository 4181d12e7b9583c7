"""SIGKILL of the trainer at random moments: it always resumes from what was saved, and hardly anything is lost."""

import random
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from support.cli import TINY, command
from support.shared_memory import shared_files

from jaxrl.checkpoints.directory import load_newest
from jaxrl.checkpoints.files import verify_checkpoint

INTERVAL = 128  # environment steps between two saves: every update, so that kills often meet a save
SETTINGS = TINY | {"training.total_timesteps": "100000000", "logging.save_interval": str(INTERVAL), "logging.keep": "3"}
SETTINGS |= {"evaluation.eval_freq": "100000000"}


def newest_steps(folder: Path) -> int:
    return load_newest(folder / "checkpoints", verify_checkpoint, print)[1].env_steps


def saved_steps(folder: Path) -> list[int]:
    """Environment steps of the periodic checkpoints that are there, oldest first."""
    return sorted(int(path.name.removeprefix("checkpoint_")) for path in (folder / "checkpoints").glob("checkpoint_*"))


def processes_of(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def wait_for(reached: Callable[[], bool], process: subprocess.Popen, output: Path) -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.001)  # less than a save takes


def is_saving(folder: Path) -> bool:
    """Whether a checkpoint is being written, or an old one deleted."""
    return any((folder / "checkpoints").glob(".saving-*"))


@pytest.mark.slow
@pytest.mark.parametrize("kills", [5, 50], ids=["five", "fifty"])
def test_a_run_survives_being_killed(tmp_path, cache, kills):
    dice, reached, in_a_save = random.Random(0), 0, 0
    shared = set()
    for kill in range(kills):
        with (tmp_path / f"output_{kill}").open("w") as output:
            flags = ["--resume"] if reached else []
            process = subprocess.Popen(command(SETTINGS | cache, *flags), cwd=tmp_path, stdout=output, stderr=output)
            shown, second = tmp_path / f"output_{kill}", tmp_path / f"checkpoints/checkpoint_{reached + 2 * INTERVAL}"
            wait_for(second.exists, process, shown)
            time.sleep(dice.uniform(0, 1.5))
            everybody = processes_of(process.pid)
            shared |= shared_files(member.pid for member in everybody)
            if kill % 2:  # five random moments have all missed one
                wait_for(partial(is_saving, tmp_path), process, shown)
            process.kill()
            process.wait()
        in_a_save += is_saving(tmp_path)
        assert "Traceback" not in shown.read_text()
        steps = newest_steps(tmp_path)
        assert steps >= reached + 2 * INTERVAL, "what was saved once is there for ever"
        saved = saved_steps(tmp_path)
        assert (np.diff(saved) == INTERVAL).all(), "a save was left out: more than an interval could have been lost"
        assert steps == saved[-1], "the newest that was there when it was killed cannot be used"
        reached = steps
        # the workers notice within their polling interval that their parent is gone
        _, alive = psutil.wait_procs(everybody, timeout=15)
        assert alive == []
    assert in_a_save > 0, "no kill met a save: the test does not test what it says"
    assert shared == set(), "nothing has a name, which could be left behind"
