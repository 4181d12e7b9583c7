"""A /dev/shm of one's own, and which files in the common one are whose: other programs on this machine have theirs."""

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

PROBE = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/dev/shm"]


def can_mount() -> bool:
    """Whether a file system can be mounted over /dev/shm, seen by one process and its children alone."""
    return bool(shutil.which("unshare")) and subprocess.run(PROBE, capture_output=True, check=False).returncode == 0


def on_its_own(options: str, command: list[str]) -> list[str]:
    """`command` with a /dev/shm of its own: a tmpfs mounted with `options`, such as `ro` or `size=4k`."""
    return ["unshare", "-rm", "bash", "-c", f'mount -t tmpfs -o {options} none /dev/shm; exec "$@"', "own", *command]


def shared_files(pids):
    """Named files in /dev/shm that these processes have mapped."""
    lines = []
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            lines += Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {Path("/dev/shm") / line.split("/dev/shm/")[1] for line in lines if "/dev/shm/" in line}
