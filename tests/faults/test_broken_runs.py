"""Faults caused for real while train.py runs: what is reported, counted and saved."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress

import numpy as np
import psutil
import pytest
from support.cli import ROOT, TINY, command, read_scalars, run
from support.shared_memory import shared_files

from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.files import verify_checkpoint

BROKEN = "def broken(state, next_state, actions):\n    return 0 * next_state.boost + float('nan')\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("on_nan", "message"), [("skip", "for the 10th time in a row"), ("stop", "(training.on_nan: stop)")]
)
def test_a_reward_term_that_is_nan(tmp_path, cache, on_nan, message):
    """Ends with exit code 1, the term's name, and a checkpoint that is as good as before."""
    shutil.copy(ROOT / "train.py", tmp_path)
    (tmp_path / "my_rewards.py").write_text(BROKEN)
    settings = TINY | cache | {"rewards.my_rewards:broken": "1", "training.on_nan": on_nan}
    done = run(settings | {"training.total_timesteps": "100000"}, cwd=tmp_path, script=tmp_path / "train.py")
    assert done.returncode == 1, done.stderr
    assert "NaN or infinity in reward term my_rewards:broken" in done.stderr.splitlines()[-1]
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    verify_checkpoint(tmp_path / "checkpoints" / "final")
    load_policy(tmp_path / "checkpoints" / "final")
    weights = np.load(tmp_path / "checkpoints" / "final" / "policy.npz")
    assert all(np.isfinite(weights[name]).all() for name in weights.files)


@pytest.mark.slow
def test_a_run_that_learned_nothing_does_not_end_as_if_it_had(tmp_path, cache):
    """Fewer updates than it takes to give up, every one of them dropped: the last line says so, and the exit code."""
    shutil.copy(ROOT / "train.py", tmp_path)
    (tmp_path / "my_rewards.py").write_text(BROKEN)
    settings = TINY | cache | {"rewards.my_rewards:broken": "1"}
    done = run(settings, cwd=tmp_path, script=tmp_path / "train.py")
    last = done.stderr.replace("\r", "\n").strip().splitlines()[-1]
    assert last == "4 of 4 updates were dropped for NaN or infinity: nothing was learned"
    assert done.returncode == 1
    load_policy(tmp_path / "checkpoints" / "final")


@pytest.mark.slow
def test_a_worker_killed_while_training(tmp_path, cache):
    """Both kinds, the training's and the evaluation's: training continues, and TensorBoard has the count."""
    settings = TINY | cache | {"training.total_timesteps": "100000000", "logging.save_interval": "128"}
    output = tmp_path / "output"
    with output.open("w") as file:
        process = subprocess.Popen(command(settings), cwd=tmp_path, stdout=file, stderr=file)
        try:
            deadline = time.monotonic() + 180
            while not (tmp_path / "checkpoints/checkpoint_640").exists():
                assert process.poll() is None, output.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            workers = [
                child for child in psutil.Process(process.pid).children() if "spawn_main" in str(child.cmdline())
            ]
            assert len(workers) == 2  # one for training, one for evaluation
            for worker in workers:
                os.kill(worker.pid, signal.SIGKILL)
            while output.read_text().count("start new episodes") < 2:
                assert process.poll() is None, output.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            time.sleep(3)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 128 + signal.SIGTERM
        finally:
            process.kill()
            process.wait()
    replaced = [value for _, value in read_scalars(tmp_path / "logs")["fault/workers_replaced"]]
    assert (replaced[0], replaced[-1]) == (0, 2)
    assert "Traceback" not in output.read_text()
    verify_checkpoint(tmp_path / "checkpoints" / "final")


@pytest.mark.slow
@pytest.mark.parametrize("end", ["done", "SIGINT", "SIGINT twice", "SIGTERM", "SIGKILL", "an error"])
def test_nothing_is_left_behind(tmp_path, cache, end):
    """Neither a process nor a file in shared memory, however the run ended."""
    steps = "2560" if end == "done" else "100000000"
    settings = TINY | cache | {"training.total_timesteps": steps, "logging.save_interval": "128"}
    output = tmp_path / "output"
    with output.open("w") as file:
        process = subprocess.Popen(command(settings), cwd=tmp_path, stdout=file, stderr=file)
        deadline = time.monotonic() + 180
        while not (tmp_path / "checkpoints/checkpoint_640").exists():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        assert len(family) >= 3  # the trainer, a worker for training, one for evaluation
        shared = shared_files(member.pid for member in family)
        if end == "an error":
            while process.poll() is None:  # every worker is lost again and again: more than it puts up with
                with suppress(psutil.NoSuchProcess):
                    children = psutil.Process(process.pid).children()
                    family += children
                    shared |= shared_files(child.pid for child in children)
                    for worker in (child for child in children if "spawn_main" in str(child.cmdline())):
                        worker.kill()
                assert time.monotonic() < deadline
                time.sleep(0.3)
        elif end != "done":
            number = getattr(signal, end.split()[0])
            process.send_signal(number)
            if end.endswith("twice"):
                time.sleep(1.2)
                process.send_signal(number)
        process.wait(timeout=120)
    _, alive = psutil.wait_procs(set(family), timeout=15)
    assert alive == []
    assert shared == set(), "nothing has a name, which could be left behind"
    assert "Traceback" not in output.read_text()
