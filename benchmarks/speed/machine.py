"""A description of the machine that figures are measured on."""

import platform
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context

import numpy as np
import psutil

from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.sim.cores import available_cores
from jaxrl.sim.spec import SimSpec


def describe_machine() -> str:
    """Describe the machine in one line, without starting JAX, which would take GPU memory from a measured run."""
    versions = f"Python {platform.python_version()}, JAX {version('jax')}"
    return f"{platform.machine()}, {available_cores()} cores, {versions}"


def memory_of_processes(worker_pids: Sequence[int]) -> dict[str, float]:
    """Proportional memory (PSS) in MB: of the workers, and of the workers with this process."""
    workers = sum(psutil.Process(pid).memory_full_info().pss for pid in worker_pids) / 2**20
    own = psutil.Process().memory_full_info().pss / 2**20
    return {"worker_mb": workers, "total_mb": workers + own}


def kilobytes_an_arena(spec: SimSpec) -> float:
    """Growth of a new process by each arena of RocketSim 3, after a while of play with random actions, KB.

    A process that has done other things would put arenas where it has freed memory.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_growth_by_arenas, spec).result()


def _growth_by_arenas(spec: SimSpec) -> float:
    from jaxrl.sim.rocketsim3.env import RocketSim3Env  # an extra, missing on many machines

    rng = np.random.default_rng(0)

    def play(env: RocketSim3Env, decisions: int) -> None:
        env.reset()
        for actions in rng.integers(0, NUM_ACTIONS, (decisions, spec.num_envs, spec.num_cars), np.int32):
            env.step(actions)

    with RocketSim3Env(spec, 1) as first:  # meshes, threads and code are there already
        play(first, 40)
        before = psutil.Process().memory_info().rss
        with RocketSim3Env(spec, 1) as env:
            play(env, 200)
            return (psutil.Process().memory_info().rss - before) / spec.num_envs / 1024
