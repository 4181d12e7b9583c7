"""The worker process, which steps its share of the arenas on arrays shared with the learner."""

import multiprocessing
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from jaxrl.errors import UserError, one_line
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.rocketsim2.board import Board, Turn
from jaxrl.sim.spec import SimSpec

COMMAND_RESET, COMMAND_STEP, COMMAND_CLOSE = range(3)

POLL_SECONDS = 1.0  # how often a waiting process checks that the other side is alive


@dataclass(frozen=True)
class Job:
    """The task of a worker."""

    number: int  # of the worker
    spec: SimSpec
    shares: list[tuple[int, int]]  # its arenas of each group: first, last (exclusive)
    core: int | None  # the only core to run on; None: any
    batch_type: type[ArenaBatch]
    first_group: int = 0  # of its first command


def run_worker(job: Job, board: Board, errors: Connection) -> None:
    """Run a worker process; `errors` receives the error that ends it."""
    if job.core is not None:
        with suppress(OSError):  # if it is not allowed, only speed is lost
            os.sched_setaffinity(0, {job.core})
    # the learner handles what a terminal or a scheduler sends to the whole process group, and then closes its workers
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    try:
        buffers, turns = board.buffers(), board.turns(job.number)
        batches = [job.batch_type(job.spec, buffers, first, last) for first, last in job.shares]
        for turn in turns:
            turn.done.release()
        group = job.first_group
        while _serve(batches[group], turns[group], parent):
            group = (group + 1) % len(batches)
    except (UserError, OSError, MemoryError) as error:
        errors.send(one_line(error if isinstance(error, UserError) else f"{type(error).__name__}: {error}"))
        raise SystemExit(1) from None
    except Exception as error:
        # one line for the learner's user; the worker's traceback goes to stderr
        errors.send(one_line(f"{type(error).__name__}: {error}"))
        raise


def _serve(batch: ArenaBatch, turn: Turn, parent: BaseProcess) -> bool:
    """Wait for the group's next command and run it; returns False once there is nothing more to do."""
    if not turn.go.acquire(block=False):
        batch.begin()
        while not turn.go.acquire(timeout=POLL_SECONDS):
            if not parent.is_alive():
                return False
    command = turn.command.value
    if command == COMMAND_CLOSE:
        return False
    if command == COMMAND_RESET:
        batch.reset()
    else:
        batch.step()
    turn.done.release()
    return True
