"""`VecEnv` on RocketSim 2: arenas in worker processes, or in this one."""

from collections.abc import Callable

import numpy as np

from jaxrl.errors import SimulationError
from jaxrl.sim.cores import max_workers
from jaxrl.sim.grouped_env import GroupedEnv
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.rocketsim2.worker_pool import WorkerPool, report_on_stderr
from jaxrl.sim.rocketsim2.worker_process import COMMAND_RESET, COMMAND_STEP
from jaxrl.sim.spec import Buffers, SimSpec
from jaxrl.sim.vec_env import Step


class RocketSimEnv(GroupedEnv):
    """`VecEnv` on RocketSim: `spec.num_envs` arenas spread over `num_workers` processes, 0 = in this process.

    With two groups the workers step one while the learner chooses actions for the other. Results do not depend on the
    number of workers. A worker that is killed or hangs is replaced and reported in a line to `report`; the decisions of
    its arenas are truncated at their start. Raises SimulationError if the collision meshes are missing, a worker fails
    with an error, or too many are lost.
    """

    def __init__(
        self, spec: SimSpec, num_workers: int, num_groups: int = 1, report: Callable[[str], None] = report_on_stderr
    ) -> None:
        super().__init__(spec, num_groups)
        self._known = np.zeros((spec.num_envs, spec.state_size), np.float32)  # states that were last handed out
        self._pool: WorkerPool | None = None
        self._batches: list[ArenaBatch] = []
        if num_workers:
            self._pool = WorkerPool(spec, max_workers(num_workers, spec.num_envs, num_groups), self.groups, report)
            self._buffers = self._pool.buffers
        else:
            self._buffers = Buffers.allocate(spec)
            self._batches = [ArenaBatch(spec, self._buffers, g.start, g.stop) for g in self.groups]

    def reset(self) -> np.ndarray:
        """Start new episodes (`VecEnv.reset`), after finishing decisions that were sent and not received."""
        for group in range(len(self.groups)):
            self._wait(group)
        while self._turn != 0:  # groups take turns, so those that are left of this round come first
            self._reset_next()
        for _ in self.groups:
            self._reset_next()
        if self._pool is not None:
            self._pool.restarted[:] = False  # all have started new episodes
        self._known[:] = self._buffers.state
        return self._buffers.state

    def send(self, group: int, actions: np.ndarray) -> None:
        """Start a decision (`VecEnv.send`). Raises SimulationError out of turn, or if the last one was not received."""
        self._check_turn(group)
        self._buffers.actions[self.groups[group]] = actions
        self._run(COMMAND_STEP, group)

    def receive(self, group: int) -> Step:
        """Wait for a decision (`VecEnv.receive`). The arrays are valid until the next `send` or `reset`."""
        self._check_sent(group)
        self._wait(group)
        members = self.groups[group]
        self._account_for_lost(members)
        self._known[members] = self._buffers.state[members]
        return self._step_of(group)

    def _reset_next(self) -> None:
        group = self._turn
        self._run(COMMAND_RESET, group)
        self._wait(group)

    def _run(self, command: int, group: int) -> None:
        if self._pool is not None:
            self._pool.send(command, group)
        elif self._batches:
            batch = self._batches[group]
            batch.reset() if command == COMMAND_RESET else batch.step()
        else:
            raise SimulationError("this environment is closed")
        self._mark_sent(group)

    def _wait(self, group: int) -> None:
        if self._sent[group] and self._pool is not None:
            self._pool.wait(group)
        self._sent[group] = False

    def _account_for_lost(self, members: slice) -> None:
        """Truncate the episodes of a lost worker's arenas at the last state that was handed out."""
        if self._pool is None or not self._pool.restarted[members].any():
            return
        lost = members.start + np.flatnonzero(self._pool.restarted[members])
        self._buffers.final_state[lost] = self._known[lost]
        self._buffers.terminated[lost] = False
        self._buffers.truncated[lost] = True
        self._pool.restarted[lost] = False

    @property
    def workers_replaced(self) -> int:
        """Number of workers lost and replaced so far."""
        return self._pool.num_replaced if self._pool else 0

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers; empty when the arenas live in this process."""
        return self._pool.pids if self._pool else []

    def close(self) -> None:
        """Free processes and memory (`VecEnv.close`)."""
        if self._pool is not None:
            self._pool.close()
        self._pool, self._batches = None, []
