"""The contract between an environment and the learner, and its RocketSim implementation."""

import os
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import numpy as np

from jaxrl.errors import SimulationError
from jaxrl.sim.arena import ArenaBatch, Buffers, SimSpec
from jaxrl.sim.workers import COMMAND_RESET, COMMAND_STEP, WorkerPool


class Step(NamedTuple):
    """What one decision of N environments gave. The arrays are valid until the next call of `step` or `reset`."""

    state: np.ndarray  # [N, F] float32: the next state; of a new episode where the last one ended
    terminated: np.ndarray  # [N] bool: the episode ended for good (a goal): nothing to bootstrap from
    truncated: np.ndarray  # [N] bool: the episode was cut off (a limit): bootstrap from final_state
    final_state: np.ndarray  # [N, F] float32: the true last state, valid where terminated or truncated


class VecEnv(Protocol):
    """N environments with C agents each, stepped together; an ended episode is followed by a new one at once.

    Environments hand out raw states `[N, F]` float32; a `Game` says what they mean (observations, rewards). Actions
    are `[N, C]` int32. terminated and truncated are never both true. Test environments also have `get_state()` and
    `set_state(value)`, which save and restore everything that the next step depends on.
    """

    num_envs: int

    def reset(self) -> np.ndarray:
        """Starts new episodes everywhere; returns their first states `[N, F]` float32, valid until the next call."""
        ...

    def step(self, actions: np.ndarray) -> Step:
        """Plays one decision; `actions` is `[N, C]` int32."""
        ...

    def close(self) -> None:
        """Frees processes and memory; the environment is unusable afterwards."""
        ...


def auto_num_workers(num_envs: int) -> int:
    """As many worker processes as this process may use cores, but no more than there are arenas."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, num_envs)


class RocketSimEnv:
    """`VecEnv` on RocketSim: `spec.num_envs` arenas spread over `num_workers` processes, 0 = in this process.

    Results do not depend on the number of workers. Raises SimulationError where the collision meshes are missing or a
    worker dies.
    """

    def __init__(self, spec: SimSpec, num_workers: int) -> None:
        self.spec = spec
        self.num_envs = spec.num_envs
        self._pool: WorkerPool | None = None
        self._batch: ArenaBatch | None = None
        if num_workers:
            self._pool = WorkerPool(spec, min(num_workers, spec.num_envs))
            self._buffers = self._pool.buffers
        else:
            self._buffers = Buffers(**{name: np.zeros(*field) for name, field in Buffers.layout(spec).items()})
            self._batch = ArenaBatch(spec, self._buffers, 0, spec.num_envs)

    def reset(self) -> np.ndarray:
        """See `VecEnv.reset`."""
        self._run(COMMAND_RESET)
        return self._buffers.state

    def step(self, actions: np.ndarray) -> Step:
        """See `VecEnv.step`."""
        self._buffers.actions[:] = actions
        self._run(COMMAND_STEP)
        buffers = self._buffers
        return Step(buffers.state, buffers.terminated, buffers.truncated, buffers.final_state)

    def _run(self, command: int) -> None:
        if self._pool is not None:
            self._pool.send(command)
            self._pool.wait()
        elif self._batch is not None:
            self._batch.reset() if command == COMMAND_RESET else self._batch.step()
        else:
            raise SimulationError("this environment is closed")

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers; empty when the arenas live in this process."""
        return self._pool.pids if self._pool else []

    def close(self) -> None:
        """See `VecEnv.close`."""
        if self._pool is not None:
            self._pool.close()
        self._pool = self._batch = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
