"""Runs of train.py in a process of their own, as a user starts them."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# exit codes of a run that ended as it should; the last is that of one stopped before it handled signals
STOPPED = (0, 128 + signal.SIGTERM, -signal.SIGTERM)


def train_command(config: str, settings: Sequence[str], *flags: str) -> list[str]:
    """The command line of a run; `settings` are `section.key=value`."""
    command = [sys.executable, "train.py", "--config", config, *flags]
    for setting in settings:
        command += ["--set", setting]
    return command


def folders_in(folder: Path) -> list[str]:
    """Settings that put logs and checkpoints of a run into `folder`."""
    return [f"logging.log_dir={folder}/logs", f"logging.checkpoint_dir={folder}/checkpoints"]


def run_train(config: str, settings: Sequence[str], *flags: str) -> subprocess.CompletedProcess:
    """Run train.py to its end and capture its output."""
    return subprocess.run(train_command(config, settings, *flags), capture_output=True, text=True, check=False)


@contextmanager
def training(config: str, settings: Sequence[str], *flags: str) -> Iterator[subprocess.Popen]:
    """A running train.py, asked to save and stop at the end of the block. Exits the program if it failed.

    From then on SIGTERM ends this program as Ctrl-C does, so that no train.py is left behind.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with subprocess.Popen(train_command(config, settings, *flags)) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()
    if process.returncode not in STOPPED:
        sys.exit(f"train.py ended with exit code {process.returncode}")
