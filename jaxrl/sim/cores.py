"""How many worker processes, in how many groups, and which core each runs on."""

import os
from collections.abc import Sequence


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_workers(wanted: int, num_envs: int, num_groups: int) -> int:
    """`wanted` worker processes, but no more than there are arenas in a group: each has arenas of every group."""
    return min(wanted, num_envs // num_groups)


def cores_of_workers(num_workers: int) -> Sequence[int | None]:
    """A core of its own for each worker where there are as many of them as cores; else None: wherever there is room.

    Left to itself Linux wakes two workers on the same core often enough to cost a sixth of the speed.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return cores if len(cores) == num_workers else [None] * num_workers
