"""Memory and semaphores that another process gets as arguments, and that have no name."""

import multiprocessing
import os
import resource
import signal
import threading
import time

import pytest
from support.shared_memory import shared_files

from jaxrl.errors import SimulationError
from jaxrl.sim.rocketsim2.shared_memory import SEMAPHORE_BYTES, Semaphore, SharedMemory

COUNTED = 1000
GO, DONE, NUMBER = 0, 64, 128  # offsets in the memory


def double(memory):
    """Another process: doubles the number whenever it is its turn."""
    go, done = Semaphore(memory, GO), Semaphore(memory, DONE)
    for _ in range(COUNTED):
        go.acquire(timeout=30)
        memory.bytes[NUMBER] = 2 * memory.bytes[NUMBER] % 251
        done.release()


def test_two_processes_take_turns():
    """Each sees what the other has written: 2^1000 mod 251, by turns that double it."""
    memory = SharedMemory(4096)
    go, done = Semaphore(memory, GO), Semaphore(memory, DONE)
    go.clear()
    done.clear()
    memory.bytes[NUMBER] = 1
    process = multiprocessing.get_context("spawn").Process(target=double, args=(memory,))
    process.start()
    for _ in range(COUNTED):
        go.release()
        assert done.acquire(timeout=30)
    process.join()
    assert process.exitcode == 0
    assert memory.bytes[NUMBER] == pow(2, COUNTED, 251)
    assert shared_files([os.getpid()]) == set()


@pytest.fixture
def semaphore():
    made = Semaphore(SharedMemory(SEMAPHORE_BYTES), 0)
    made.clear()
    return made


def test_a_semaphore_counts(semaphore):
    assert not semaphore.acquire(block=False)
    for _ in range(3):
        semaphore.release()
    assert [semaphore.acquire(block=False) for _ in range(4)] == [True, True, True, False]
    semaphore.release()
    semaphore.clear()
    assert not semaphore.acquire(block=False)


def test_a_wait_ends_in_time(semaphore):
    started = time.monotonic()
    assert not semaphore.acquire(timeout=0.2)
    assert 0.15 < time.monotonic() - started < 2


def test_a_wait_outlasts_a_signal(semaphore):
    """It is handled at once, and then the wait goes on; other threads run meanwhile."""
    handled = []
    previous = signal.signal(signal.SIGUSR1, lambda number, frame: handled.append(time.monotonic()))
    timers = [threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)), threading.Timer(0.6, semaphore.release)]
    try:
        for timer in timers:
            timer.start()
        started = time.monotonic()
        assert semaphore.acquire(timeout=10)
        assert time.monotonic() - started > 0.4
        assert len(handled) == 1
        assert handled[0] - started < 0.5
    finally:
        for timer in timers:
            timer.join()
        signal.signal(signal.SIGUSR1, previous)


def test_no_room_is_one_line():
    """Before anything is written to it: then it would be a signal that ends the process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, before[1]))
    try:
        with pytest.raises(
            SimulationError, match=r"^3\.0 MB of memory to share with worker processes: File too large$"
        ):
            SharedMemory(3 * 2**20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_file_is_closed_with_the_memory():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        SharedMemory(4096)
    assert len(os.listdir("/proc/self/fd")) <= before
