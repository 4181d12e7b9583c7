"""Worker processes that own the arenas, seen from the learner.

Arenas come in groups, of which every worker holds a share: while the learner chooses actions for one group, the workers
step another. Groups are served in turn. For each group and worker, one semaphore starts a command and another signals
its end. Arrays and semaphores live in memory without a name, and workers watch their parent: after any kind of exit
nothing is left behind. A worker that is killed or hangs is replaced, and its arenas start new episodes.
"""

import multiprocessing
import os
import sys
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import numpy as np

from jaxrl.errors import SimulationError
from jaxrl.sim.cores import cores_of_workers
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.rocketsim2.board import Board, Turn
from jaxrl.sim.rocketsim2.worker_process import COMMAND_CLOSE, COMMAND_RESET, POLL_SECONDS, Job, run_worker
from jaxrl.sim.spec import SimSpec

START_TIMEOUT_SECONDS = 120.0

STEP_TIMEOUT_SECONDS = 10.0

CLOSE_TIMEOUT_SECONDS = 2.0

LIMITS = "fewer (environment.num_workers) need less memory, and fewer processes and open files (`ulimit -a`)"

# losing this many workers within this many commands ends the run: the cause will not go away by itself
MAX_LOST, WITHIN_COMMANDS = 5, 1000


@dataclass(frozen=True)
class Worker:
    """A worker process as the learner sees it."""

    process: SpawnProcess
    turns: list[Turn]  # of each group
    errors: Connection  # from which the error that ended it can be read
    job: Job


def report_on_stderr(text: str) -> None:
    """Print a line on stderr."""
    print(text, file=sys.stderr)


class WorkerPool:
    """Processes that together own all arenas of `spec`; results appear in `buffers`.

    `groups` are consecutive slices that together hold all arenas. `report` receives a line for every worker that is
    replaced. A stand-in as `batch_type` serves to measure the cost of the pool itself.
    """

    def __init__(
        self,
        spec: SimSpec,
        num_workers: int,
        groups: Sequence[slice],
        report: Callable[[str], None] = report_on_stderr,
        batch_type: type[ArenaBatch] = ArenaBatch,
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._board = Board(spec, num_workers, len(groups))
        self.buffers = self._board.buffers()
        self.buffers.set_start_weights(spec)
        self.restarted = np.zeros(spec.num_envs, np.bool_)  # arenas that lost a decision; the reader clears it
        self.num_replaced = 0
        self._report = report
        self._sent = [False] * len(groups)
        self._next_group = 0  # groups take turns: the group of the next command
        self._commands = 0
        self._lost: deque[int] = deque(maxlen=MAX_LOST)  # the command at which each was lost
        # every worker has the same share of each group, to within an arena
        bounds = [np.linspace(g.start, g.stop, num_workers + 1).round().astype(int).tolist() for g in groups]
        shares = [[(bound[w], bound[w + 1]) for bound in bounds] for w in range(num_workers)]
        cores = cores_of_workers(num_workers)
        self._workers: list[Worker] = []
        # also at the end of a program that does not call close(): multiprocessing would wait for the workers for ever
        self.close = weakref.finalize(self, _close, self._workers)
        try:
            for number, (each, core) in enumerate(zip(shares, cores, strict=True)):
                self._workers.append(self._start(Job(number, spec, each, core, batch_type)))
            for worker in self._workers:
                if (reason := self._lost_at_start(worker)) is not None:
                    raise SimulationError(f"{reason}; {LIMITS}")
        except BaseException:
            self.close()
            raise

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def send(self, command: int, group: int) -> None:
        """Start `command` on the arenas of `group` in every worker; groups take turns, 0 is first."""
        for worker in self._workers:
            worker.turns[group].send(command)
        self._sent[group] = True
        self._next_group = (group + 1) % len(self._sent)
        self._commands += 1

    def wait(self, group: int) -> None:
        """Wait until every worker is done with `group`.

        A worker that was killed or does not answer within STEP_TIMEOUT_SECONDS is replaced. Its arenas, in all groups,
        start new episodes and are marked in `restarted`. Raises SimulationError for a worker that failed with an error,
        which would only occur again, and if too many are lost.
        """
        for index, worker in enumerate(self._workers):
            if (reason := self._lost_in(worker, group)) is not None:
                self._replace(index, group, reason)
        self._sent[group] = False

    def _start(self, job: Job) -> Worker:
        turns = self._board.turns(job.number)
        for turn in turns:
            turn.clear()
        # a worker has no use for threads; numpy starts one a core when it is loaded, which it is here already
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        try:
            receiver, sender = self._context.Pipe(duplex=False)
            process = self._context.Process(
                target=run_worker, args=(job, self._board, sender), name=f"jaxrl-worker-{job.number}", daemon=True
            )
            process.start()
        except OSError as error:
            raise SimulationError(f"jaxrl-worker-{job.number} cannot be started: {error.strerror}; {LIMITS}") from error
        sender.close()
        return Worker(process, turns, receiver, job)

    def _lost_at_start(self, worker: Worker) -> str | None:
        """Wait until a worker has made its arenas; returns None, or how it was lost."""
        for group in range(len(worker.turns)):
            if (reason := _fault(worker, group, START_TIMEOUT_SECONDS)) is not None:
                return f"{reason} while it started"
        return None

    def _replace(self, index: int, group: int, reason: str) -> None:
        """Replace a worker that was lost while waiting for `group`."""
        self._lost.append(self._commands)
        if len(self._lost) == MAX_LOST and self._commands - self._lost[0] < WITHIN_COMMANDS:
            raise SimulationError(f"{reason}, the {MAX_LOST}th worker lost in a short time: giving up")
        lost = self._workers[index]
        job = lost.job
        lost.errors.close()
        # no arena has started more episodes than there were commands, so no start is played twice
        spec = replace(job.spec, first_episode=job.spec.first_episode + self._commands)
        try:
            self._workers[index] = worker = self._start(replace(job, spec=spec, first_group=self._next_group))
        except SimulationError as error:
            raise SimulationError(f"{reason}, and cannot be replaced: {error}") from error
        arenas = sum(last - first for first, last in job.shares)
        self._report(f"{reason}: replaced; its {arenas} arenas start new episodes")
        self.num_replaced += 1
        if (again := self._lost_at_start(worker) or self._reset(worker)) is not None:
            return self._replace(index, group, again)
        for other, sent in enumerate(self._sent):
            if sent and other != group:
                worker.turns[other].done.release()  # the lost worker had accepted this command: mark it done
        for first, last in job.shares:
            self.restarted[first:last] = True

    def _reset(self, worker: Worker) -> str | None:
        """Start new episodes in all arenas of a worker; returns None, or how it was lost."""
        groups = len(worker.turns)
        for group in ((self._next_group + turn) % groups for turn in range(groups)):
            worker.turns[group].send(COMMAND_RESET)
            if (reason := self._lost_in(worker, group)) is not None:
                return reason
        return None

    def _lost_in(self, worker: Worker, group: int) -> str | None:
        """Wait until a worker is done with a command; returns None, or how it was lost, and in which start state."""
        if (reason := _fault(worker, group, STEP_TIMEOUT_SECONDS)) is None:
            return None
        drawing = np.concatenate([self.buffers.drawing[first:last] for first, last in worker.job.shares])
        drawn = {worker.job.spec.start_states[number - 1][0] for number in drawing[drawing > 0]}
        for first, last in worker.job.shares:
            self.buffers.drawing[first:last] = 0
        return f"{reason} in start state {drawn.pop()!r}" if drawn else reason


def _fault(worker: Worker, group: int, timeout: float) -> str | None:
    """Wait until a worker is done with a group; returns None, or how it was lost (it is dead then).

    Raises SimulationError with the error that the worker reported, if it did.
    """
    process, done = worker.process, worker.turns[group].done
    waited = 0.0  # counted in polls: after Ctrl-Z and `fg` a clock would show every worker as late
    while not done.acquire(timeout=POLL_SECONDS):
        if not process.is_alive():
            message = _reported_error(worker.errors)
            if message is not None:
                raise SimulationError(f"{process.name} stopped: {message}")
            return f"{process.name} died (exit code {process.exitcode})"
        waited += POLL_SECONDS
        if waited >= timeout:
            process.kill()
            process.join()
            return f"{process.name} (pid {process.pid}) did not answer within {timeout:.0f} s"
    return None


def _close(workers: list[Worker]) -> None:
    """End all workers."""
    for worker in workers:
        for turn in worker.turns:
            turn.send(COMMAND_CLOSE)
    for worker in workers:
        worker.process.join(timeout=CLOSE_TIMEOUT_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.errors.close()
    workers.clear()


def _reported_error(errors: Connection) -> str | None:
    try:
        return errors.recv() if errors.poll() else None
    except EOFError:
        return None
