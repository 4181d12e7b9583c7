"""A description of the machine that figures are measured on."""

import platform
from collections.abc import Sequence
from importlib.metadata import version

import psutil

from jaxrl.sim.cores import available_cores


def describe_machine() -> str:
    """Describe the machine in one line, without starting JAX, which would take GPU memory from a measured run."""
    versions = f"Python {platform.python_version()}, JAX {version('jax')}"
    return f"{platform.machine()}, {available_cores()} cores, {versions}"


def memory_of_processes(worker_pids: Sequence[int]) -> dict[str, float]:
    """Proportional memory (PSS) in MB: of the workers, and of the workers with this process."""
    workers = sum(psutil.Process(pid).memory_full_info().pss for pid in worker_pids) / 2**20
    own = psutil.Process().memory_full_info().pss / 2**20
    return {"worker_mb": workers, "total_mb": workers + own}
