"""Memory: how much there is, and a refusal in one line before more than that is asked for.

Without it Linux hands out memory that it does not have, and ends the process with SIGKILL when it is used.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jaxrl.errors import UserError
from jaxrl.game.physics import Engine

# of an arena in use, of RocketSim 2 a light one
ARENA_BYTES: dict[Engine, int] = {"rocketsim2": 359 * 2**10, "rocketsim3": 53 * 2**10}
# of what steps them, a process or a thread, the arenas apart
WORKER_BYTES: dict[Engine, int] = {"rocketsim2": 20 * 2**20, "rocketsim3": 0}
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Need:
    """What one part of a run needs at least, and the keys of the config (or options) that make it smaller."""

    what: str
    size: int  # bytes
    keys: tuple[str, ...]


def check_memory(needs: Iterable[Need], limit: int, of_what: str = "this machine") -> None:
    """Check that all `needs` together fit into `limit` bytes; raises UserError that names what to lower."""
    needs = sorted(needs, key=lambda need: need.size, reverse=True)
    total = sum(need.size for need in needs)
    if total > limit:
        most = needs[0]
        raise UserError(
            f"needs at least {readable(total)} of memory, and {of_what} has {readable(limit)}: {most.what} "
            f"{readable(most.size)}; lower {' or '.join(most.keys)}"
        )


def memory_limit() -> int:
    """Bytes that this process can have at most: those of the machine, or of its container."""
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *_limits_of_groups()])


def readable(size: int) -> str:
    """`1.5 GiB` of a number of bytes."""
    gibibytes = size / 2**30
    return f"{gibibytes:,.1f} GiB" if gibibytes < 2**10 else f"{gibibytes / 2**10:,.1f} TiB"


def _limits_of_groups() -> list[int]:
    """Limits of the control groups that this process is in, of version 1 and 2, from the innermost outwards."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return []
    found = []
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if controllers not in ("", "memory"):
            continue
        root, name = (CGROUPS / "memory", "memory.limit_in_bytes") if controllers else (CGROUPS, "memory.max")
        # inside a container its own group may be mounted as the root
        group = root / path.lstrip("/")
        found += [_read_limit(folder / name) for folder in (group, *group.parents) if folder.is_relative_to(root)]
    return [limit for limit in found if limit is not None]


def _read_limit(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such group, or `max`: without a limit
        return None
