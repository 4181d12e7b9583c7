"""What the figures were measured on."""

import os
import platform
from collections.abc import Sequence

import jax
import psutil


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine() -> str:
    """One line."""
    versions = f"Python {platform.python_version()}, JAX {jax.__version__}"
    return f"{platform.machine()}, {cores()} cores, {jax.default_backend()}, {versions}"


def memory_of_processes(worker_pids: Sequence[int]) -> dict[str, float]:
    """Memory in MB that belongs to each process alone (shared pages count in parts): workers, and with this process."""
    workers = sum(psutil.Process(pid).memory_full_info().pss for pid in worker_pids) / 2**20
    own = psutil.Process().memory_full_info().pss / 2**20
    return {"worker_mb": workers, "total_mb": workers + own}
