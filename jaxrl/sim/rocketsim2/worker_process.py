"""The worker process, which steps its share of the arenas on arrays shared with the learner."""

import ctypes
import multiprocessing
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.synchronize import Semaphore
from typing import Any

import numpy as np

from jaxrl.errors import UserError, one_line
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.spec import Buffers, SimSpec

COMMAND_RESET, COMMAND_STEP, COMMAND_CLOSE = range(3)

POLL_SECONDS = 1.0  # how often a waiting process checks that the other side is alive


def shared_buffers(context: SpawnContext, spec: SimSpec) -> dict[str, Any]:
    """Allocate raw shared memory for every field of `Buffers`, to pass to workers and view with `view_buffers`."""
    return {
        name: context.RawArray(ctypes.c_byte, int(np.prod(shape)) * np.dtype(dtype).itemsize)
        for name, (shape, dtype) in Buffers.layout(spec).items()
    }


def view_buffers(memory: dict[str, Any], spec: SimSpec) -> Buffers:
    """View shared memory as numpy arrays."""
    layout = Buffers.layout(spec)
    return Buffers(**{name: np.frombuffer(memory[name], layout[name][1]).reshape(layout[name][0]) for name in layout})


@dataclass
class Channel:
    """The channel between a worker and the learner; every list has one entry per group."""

    go: list[Semaphore]
    done: list[Semaphore]
    commands: list[Any]  # shared ints
    errors: Connection  # the error that ended the worker


@dataclass(frozen=True)
class Job:
    """The task of a worker."""

    spec: SimSpec
    shares: list[tuple[int, int]]  # its arenas of each group: first, last (exclusive)
    core: int | None  # the only core to run on; None: any
    batch_type: type[ArenaBatch]
    takes_over_at: int | None = None  # the group of its first command, if it replaces a lost worker


def run_worker(job: Job, memory: dict[str, Any], channel: Channel) -> None:
    """Run a worker process."""
    if job.core is not None:
        with suppress(OSError):  # if it is not allowed, only speed is lost
            os.sched_setaffinity(0, {job.core})
    # the learner handles Ctrl-C and SIGTERM to the whole process group, and then closes its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    try:
        buffers = view_buffers(memory, job.spec)
        batches = [job.batch_type(job.spec, buffers, first, last) for first, last in job.shares]
        if job.takes_over_at is not None:
            for batch in batches:
                batch.reset()
        for done in channel.done:
            done.release()
        group = job.takes_over_at or 0
        while _serve(batches[group], group, channel, parent):
            group = (group + 1) % len(batches)
    except UserError as error:
        channel.errors.send(one_line(error))
        raise SystemExit(1) from None
    except Exception as error:
        # one line for the learner's user; the worker's traceback goes to stderr
        channel.errors.send(one_line(f"{type(error).__name__}: {error}"))
        raise


def _serve(batch: ArenaBatch, group: int, channel: Channel, parent: Any) -> bool:
    """Wait for the group's next command and run it; returns False once there is nothing more to do."""
    go = channel.go[group]
    if not go.acquire(block=False):
        batch.begin()
        while not go.acquire(timeout=POLL_SECONDS):
            if not parent.is_alive():
                return False
    command = channel.commands[group].value
    if command == COMMAND_CLOSE:
        return False
    if command == COMMAND_RESET:
        batch.reset()
    else:
        batch.step()
    channel.done[group].release()
    return True
