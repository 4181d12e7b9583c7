"""Worker processes: each steps its share of the arenas, on arrays that it shares with the learner.

Arenas come in groups, of which every worker holds a share: while the learner chooses actions for one group, the workers
step another. Groups are served in turn. For each, one semaphore tells a worker to go, one tells the learner that it is
done. The arrays live in anonymous shared memory, and workers watch their parent: after any kind of exit nothing is
left behind.
"""

import ctypes
import multiprocessing
import os
import signal
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.synchronize import Semaphore
from typing import Any

import numpy as np

from jaxrl.errors import SimulationError, UserError
from jaxrl.sim.arena import ArenaBatch, Buffers, SimSpec

COMMAND_RESET, COMMAND_STEP, COMMAND_CLOSE = range(3)
POLL_SECONDS = 1.0  # how often a waiting process looks whether the other side is still alive
START_TIMEOUT_SECONDS = 120.0
STEP_TIMEOUT_SECONDS = 60.0
CLOSE_TIMEOUT_SECONDS = 2.0


def shared_buffers(context: SpawnContext, spec: SimSpec) -> dict[str, Any]:
    """Raw shared memory for every field of `Buffers`, to be passed to workers and viewed by `view_buffers`."""
    return {
        name: context.RawArray(ctypes.c_byte, int(np.prod(shape)) * np.dtype(dtype).itemsize)
        for name, (shape, dtype) in Buffers.layout(spec).items()
    }


def view_buffers(memory: dict[str, Any], spec: SimSpec) -> Buffers:
    """numpy views of shared memory."""
    layout = Buffers.layout(spec)
    return Buffers(**{name: np.frombuffer(memory[name], layout[name][1]).reshape(layout[name][0]) for name in layout})


def cores_of_workers(num_workers: int) -> Sequence[int | None]:
    """A core of its own for each worker where there are as many of them as cores; else None: wherever there is room.

    Left to itself Linux wakes two workers on the same core often enough to cost a sixth of the speed.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    return cores if len(cores) == num_workers else [None] * num_workers


@dataclass
class Channel:
    """What a worker and the learner talk through; every list has an entry a group."""

    go: list[Semaphore]
    done: list[Semaphore]
    commands: list[Any]  # shared ints
    errors: Connection  # the worker's last words


def run_worker(
    spec: SimSpec,
    memory: dict[str, Any],
    shares: list[tuple[int, int]],
    channel: Channel,
    core: int | None,
    batch_type: type[ArenaBatch],
) -> None:
    """The main function of a worker process.

    `shares` are its arenas of each group: first, last (exclusive). With a `core` it runs on no other one.
    """
    if core is not None:
        with suppress(OSError):  # not allowed here: it only costs speed
            os.sched_setaffinity(0, {core})
    # Ctrl-C and a SIGTERM to the whole process group are the learner's to handle; it then closes its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    try:
        buffers = view_buffers(memory, spec)
        batches = [batch_type(spec, buffers, first, last) for first, last in shares]
        for done in channel.done:
            done.release()
        for batch, go, done, command in cycle(zip(batches, channel.go, channel.done, channel.commands, strict=True)):
            if not go.acquire(block=False):
                batch.begin()
                while not go.acquire(timeout=POLL_SECONDS):
                    if not parent.is_alive():
                        return
            if command.value == COMMAND_CLOSE:
                return
            if command.value == COMMAND_RESET:
                batch.reset()
            else:
                batch.step()
            done.release()
    except UserError as error:
        channel.errors.send(" ".join(str(error).split()))
        raise SystemExit(1) from None
    except Exception as error:
        # one line for the person at the learner; the worker's own traceback goes to stderr
        channel.errors.send(" ".join(f"{type(error).__name__}: {error}".split()))
        raise


class WorkerPool:
    """Processes that together own all arenas of `spec`; results appear in `buffers`.

    `groups` are slices of the arenas that follow one another and leave none out. A `batch_type` that only passes the
    time serves to measure what the pool itself costs.
    """

    def __init__(
        self, spec: SimSpec, num_workers: int, groups: Sequence[slice], batch_type: type[ArenaBatch] = ArenaBatch
    ) -> None:
        context = multiprocessing.get_context("spawn")
        memory = shared_buffers(context, spec)
        self.buffers = view_buffers(memory, spec)
        # every worker has the same share of each group, to within an arena
        bounds = [np.linspace(g.start, g.stop, num_workers + 1).round().astype(int).tolist() for g in groups]
        self._num_groups = len(groups)
        cores = cores_of_workers(num_workers)
        self._workers: list[tuple[SpawnProcess, Channel]] = []
        for worker in range(num_workers):
            receiver, sender = context.Pipe(duplex=False)
            channel = Channel(
                go=[context.Semaphore(0) for _ in groups],
                done=[context.Semaphore(0) for _ in groups],
                commands=[context.RawValue(ctypes.c_int) for _ in groups],
                errors=sender,
            )
            shares = [(bound[worker], bound[worker + 1]) for bound in bounds]
            process = context.Process(
                target=run_worker,
                args=(spec, memory, shares, channel, cores[worker], batch_type),
                name=f"jaxrl-worker-{len(self._workers)}",
                daemon=True,
            )
            process.start()
            sender.close()
            channel.errors = receiver
            self._workers.append((process, channel))
        # also runs when a program ends without calling close(): multiprocessing would wait for the workers for ever
        self.close = weakref.finalize(self, _close, self._workers, self._num_groups)
        try:
            for group in range(self._num_groups):
                self.wait(group, START_TIMEOUT_SECONDS)
        except BaseException:
            self.close()
            raise

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [process.pid for process, _ in self._workers]

    def send(self, command: int, group: int) -> None:
        """Tells every worker to run `command` on its arenas of `group`; groups take turns, 0 comes first."""
        _send(self._workers, command, group)

    def wait(self, group: int, timeout: float = STEP_TIMEOUT_SECONDS) -> None:
        """Waits until every worker is done with `group`.

        Raises SimulationError if one died or takes longer than `timeout` s.
        """
        for process, channel in self._workers:
            waited = 0.0  # counted in polls: after a Ctrl-Z a clock would say that everybody is late
            while not channel.done[group].acquire(timeout=POLL_SECONDS):
                if not process.is_alive():
                    raise SimulationError(_last_words(process.name, process.exitcode, channel.errors))
                waited += POLL_SECONDS
                if waited > timeout:
                    raise SimulationError(f"{process.name} (pid {process.pid}) did not answer within {timeout:.0f} s")


def _send(workers: list[tuple[SpawnProcess, Channel]], command: int, group: int) -> None:
    for _, channel in workers:
        channel.commands[group].value = command
        channel.go[group].release()


def _close(workers: list[tuple[SpawnProcess, Channel]], num_groups: int) -> None:
    """Ends all workers."""
    for group in range(num_groups):
        _send(workers, COMMAND_CLOSE, group)
    for process, channel in workers:
        process.join(timeout=CLOSE_TIMEOUT_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
        channel.errors.close()
    workers.clear()


def _last_words(name: str, exit_code: int | None, errors: Connection) -> str:
    try:
        return f"{name} stopped: {errors.recv()}" if errors.poll() else f"{name} died (exit code {exit_code})"
    except EOFError:
        return f"{name} died (exit code {exit_code})"
