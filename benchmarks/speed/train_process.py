"""train.py as a process of its own, the way a user runs it."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def train_command(config: str, settings: Sequence[str], *flags: str) -> list[str]:
    """The command line; `settings` are `section.key=value`."""
    command = [sys.executable, "train.py", "--config", config, *flags]
    for setting in settings:
        command += ["--set", setting]
    return command


def folders_in(folder: Path) -> list[str]:
    """Settings that keep logs and checkpoints of a run in `folder`."""
    return [f"logging.log_dir={folder}/logs", f"logging.checkpoint_dir={folder}/checkpoints"]


def run_train(config: str, settings: Sequence[str], *flags: str) -> subprocess.CompletedProcess:
    """A whole run of train.py, or whatever `flags` ask of it, with what it printed."""
    return subprocess.run(train_command(config, settings, *flags), capture_output=True, text=True, check=False)


@contextmanager
def training(config: str, settings: Sequence[str], *flags: str) -> Iterator[subprocess.Popen]:
    """A running train.py; at the end it is asked to save and stop. Exits the program if it failed.

    SIGTERM ends the program as Ctrl-C does, so that no train.py stays behind: the rest of the process lives with that.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with subprocess.Popen(train_command(config, settings, *flags)) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()
    # the latter where it was stopped before it had begun
    if process.returncode not in (0, 128 + signal.SIGTERM, -signal.SIGTERM):
        sys.exit(f"train.py ended with exit code {process.returncode}")
