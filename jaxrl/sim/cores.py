"""Cores: how many worker processes there are, and which core each runs on."""

import os
from collections.abc import Sequence


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_workers(wanted: int, num_envs: int, num_groups: int) -> int:
    """Limit `wanted` worker processes to the arenas in a group, since every worker holds arenas of every group."""
    return min(wanted, num_envs // num_groups)


def cores_of_workers(num_workers: int) -> Sequence[int | None]:
    """A core for each worker if there are as many workers as cores, otherwise None for each: any core.

    Left to itself, Linux wakes two workers on the same core often enough to cost a sixth of the speed.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return cores if len(cores) == num_workers else [None] * num_workers
