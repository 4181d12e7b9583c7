"""Which files in shared memory are whose: other programs on this machine have theirs."""

from contextlib import suppress
from pathlib import Path


def shared_files(pids):
    """Named files in /dev/shm that these processes have mapped."""
    lines = []
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            lines += Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {Path("/dev/shm") / line.split("/dev/shm/")[1] for line in lines if "/dev/shm/" in line}
