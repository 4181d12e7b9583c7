"""How many groups of arenas and worker processes there are, and which core each worker runs on."""

import os
from collections.abc import Sequence
from typing import Literal

PIPELINE_FROM = 32  # arenas; below, two small inferences cost more than they hide


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def groups_of(num_envs: int, one_by_one: bool) -> int:
    """Number of groups of arenas: two if there are enough to step one half while actions are chosen for the other.

    Never depends on the number of workers: batches of other sizes give other last bits.
    """
    return 2 if num_envs >= PIPELINE_FROM and not one_by_one else 1


def worker_processes(wanted: int | Literal["auto"], num_envs: int, one_by_one: bool) -> int:
    """Number of processes that step the arenas, "auto" = one a core; 0 = this one."""
    if one_by_one:
        return 0
    return max_workers(available_cores() if wanted == "auto" else wanted, num_envs, groups_of(num_envs, one_by_one))


def max_workers(wanted: int, num_envs: int, num_groups: int) -> int:
    """Limit `wanted` worker processes to the arenas in a group, since every worker holds arenas of every group."""
    return min(wanted, num_envs // num_groups)


def cores_of_workers(num_workers: int) -> Sequence[int | None]:
    """A core for each worker if there are as many workers as cores, otherwise None for each: any core.

    Left to itself, Linux wakes two workers on the same core often enough to cost a sixth of the speed.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return cores if len(cores) == num_workers else [None] * num_workers
