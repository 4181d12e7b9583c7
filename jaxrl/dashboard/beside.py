"""The page of a run beside its training: in a process of its own, which neither slows nor stops it.

python -m jaxrl.dashboard.beside LOG_FOLDER PORT
"""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TextIO

from jaxrl.errors import UserError
from jaxrl.streams import note, tell

NICENESS = 19  # the training comes first


@contextmanager
def beside(logs: Path, port: int, say: Callable[[str], None]) -> Generator[None]:
    """Serve the page of the run that logs to `logs` while the context lasts; never fails.

    Its process is in a session of its own, since Ctrl-C is for the training alone, and ends when its stdin does: also
    where the training is killed. What it prints is passed on to `say`, which knows of the bar on the same terminal.
    """
    command = [sys.executable, "-m", "jaxrl.dashboard.beside", str(logs), str(port)]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        say(f"--dashboard: cannot be started ({error.strerror})")
        yield
        return
    assert process.stdin is not None
    assert process.stdout is not None
    listening = Thread(target=_pass_on, args=(process.stdout, say), daemon=True)
    listening.start()
    try:
        yield
    finally:
        with suppress(OSError):
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()  # nothing, if it has ended
        listening.join()


def _pass_on(lines: TextIO, say: Callable[[str], None]) -> None:
    with lines:
        for line in lines:
            say(line.rstrip("\n"))


def main() -> int:
    """Serve until stdin ends; returns the exit code."""
    from jaxrl.dashboard.runs import Runs
    from jaxrl.dashboard.server import DashboardServer

    with suppress(OSError):
        os.nice(NICENESS)
    logs, port = Path(sys.argv[1]), int(sys.argv[2])
    try:
        with DashboardServer(port, Runs([logs])) as server:
            tell(f"{server.address}: the page of this run; open it in a browser")
            sys.stdin.read()
    except UserError as error:
        note(f"--dashboard: {error}; the training goes on without")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
