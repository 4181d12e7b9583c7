"""Folders that are deleted or taken while train.py runs, or that cannot be written to before it does."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from support.cli import TINY, assert_one_error_line, command, read_scalars, run

from jaxrl.checkpoints.files import verify_checkpoint

SETTINGS = TINY | {
    "training.total_timesteps": "100000000",
    "logging.save_interval": "128",
    "evaluation.eval_freq": "100000000",
}
PROBE = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
can_mount = shutil.which("unshare") and subprocess.run(PROBE, capture_output=True, check=False).returncode == 0


@contextmanager
def training(settings, folder, output):
    """A trainer in `folder`, which is killed at the latest when the test ends."""
    with output.open("w") as file:
        process = subprocess.Popen(command(settings), cwd=folder, stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(reached, process, output):
    deadline = time.monotonic() + 200
    while not reached():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.1)


def delete(folder):
    """As a user does, again until nothing is left: the trainer may be saving."""
    while folder.exists():
        subprocess.run(["rm", "-rf", folder], capture_output=True, check=False)


@pytest.mark.slow
def test_folders_deleted_while_training_are_made_anew(tmp_path, cache):
    """Both are reported; the lock holds for the new one; TensorBoard has every single update."""
    checkpoints, output = tmp_path / "checkpoints", tmp_path / "output"
    with training(SETTINGS | cache, tmp_path, output) as process:
        wait_for((checkpoints / "checkpoint_256").exists, process, output)
        delete(tmp_path / "logs")
        delete(checkpoints)
        wait_for(lambda: any(checkpoints.glob("checkpoint_*/checkpoint.json")), process, output)
        assert_one_error_line(run(SETTINGS | cache, cwd=tmp_path), "another run is writing to checkpoints")
        wait_for(lambda: any((tmp_path / "logs").glob("*/*tfevents*")), process, output)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 143
    printed = output.read_text()
    assert printed.count("was deleted or moved while training") == 2
    assert "Traceback" not in printed
    steps = [step for step, _ in read_scalars(tmp_path / "logs")["train/loss"]]
    assert steps == list(range(128, verify_checkpoint(checkpoints / "final").env_steps + 1, 128))


@pytest.mark.slow
def test_a_folder_that_another_trainer_took_is_left_to_it(tmp_path, cache):
    """The first trainer is stopped for a while; when it goes on, its folder is another run's: it saves beside it."""
    checkpoints, first_output, second_output = tmp_path / "checkpoints", tmp_path / "first", tmp_path / "second"
    with training(SETTINGS | cache, tmp_path, first_output) as first:
        wait_for((checkpoints / "checkpoint_256").exists, first, first_output)
        first.send_signal(signal.SIGSTOP)
        delete(checkpoints)
        with training(SETTINGS | cache | {"training.seed": "1"}, tmp_path, second_output) as second:
            wait_for((checkpoints / "checkpoint_128").exists, second, second_output)
            first.send_signal(signal.SIGCONT)
            assert first.wait(timeout=60) == 1
            second.send_signal(signal.SIGTERM)
            assert second.wait(timeout=60) == 143
    assert "Traceback" not in first_output.read_text() + second_output.read_text()
    last = first_output.read_text().replace("\r", "\n").strip().splitlines()[-1]
    assert last.endswith("another run is writing to checkpoints; stopped, and saved checkpoints_2/final")
    verify_checkpoint(tmp_path / "checkpoints_2" / "final")
    assert os.listdir(tmp_path / "checkpoints_2") == ["final"]
    for folder in checkpoints.iterdir():
        verify_checkpoint(folder)
        assert "seed: 1\n" in (folder / "config.yaml").read_text()


@pytest.mark.slow
@pytest.mark.skipif(not can_mount, reason="no right to mount a file system here")
@pytest.mark.parametrize(
    ("key", "options", "message"),
    [
        ("checkpoint_dir", "ro", "Read-only file system"),
        ("checkpoint_dir", "size=200k", "No space left on device"),
        ("log_dir", "ro", "Read-only file system"),
    ],
)
def test_a_folder_that_cannot_be_written_to_is_told_before_training(tmp_path, cache, key, options, message):
    """A disk that is read-only, and one that is too small for a single checkpoint."""
    disk = tmp_path / "disk"
    disk.mkdir()
    settings = TINY | cache | {f"logging.{key}": "disk/here", "network.actor": "[256]"}
    script = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-c", script, str(disk), *command(settings)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert_one_error_line(done, f"logging.{key}: disk/here", message)
    assert "jaxrl" not in done.stdout, "there is no banner yet"


@pytest.mark.slow
def test_an_address_is_not_a_folder(tmp_path):
    done = run(TINY | {"logging.checkpoint_dir": "gs://bucket/checkpoints"}, cwd=tmp_path)
    assert_one_error_line(done, "logging.checkpoint_dir", "gs://bucket/checkpoints", "a folder of this machine")
    assert list(tmp_path.iterdir()) == []
