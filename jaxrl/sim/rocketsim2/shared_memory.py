"""Memory and semaphores without a name, shared by processes.

Those of multiprocessing have names in /dev/shm, where SIGKILL of all processes leaves them, and of which containers
have little or nothing.
"""

import ctypes
import errno
import mmap
import os
import time
import weakref
from collections.abc import Callable
from functools import partial
from multiprocessing.reduction import DupFd
from typing import Any, Self

from jaxrl.errors import SimulationError

SEMAPHORE_BYTES = 32  # of a sem_t

_libc = ctypes.CDLL(None, use_errno=True)  # releases the interpreter's lock during a call, so that others may run

_quick = ctypes.PyDLL(None)  # keeps it, for calls that never wait: to get it back could take longer than the call

# glibc before 2.30 knows only waits that become longer when the clock is set back
_CLOCK = time.CLOCK_MONOTONIC if hasattr(_libc, "sem_clockwait") else time.CLOCK_REALTIME


class SharedMemory:
    """Zeros that live as long as a process maps them; workers get them as an argument when they are started."""

    def __init__(self, size: int) -> None:
        """Reserve `size` bytes; raises SimulationError if there is no room."""
        try:
            file = os.memfd_create("jaxrl")
            # not reserved, the first write to a page would end the process with SIGBUS when memory is short
            os.posix_fallocate(file, 0, size)
        except OSError as error:
            raise SimulationError(
                f"{size / 2**20:.1f} MB of memory to share with worker processes: {error.strerror}"
            ) from error
        self._map(file, size)

    def _map(self, file: int, size: int) -> None:
        self._file = file
        self.bytes = mmap.mmap(file, size)
        weakref.finalize(self, os.close, file)

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[Any, ...]]:
        """Pass the open file on to a process that is being started."""
        return self._attach, (DupFd(self._file), len(self.bytes))

    @classmethod
    def _attach(cls, file: Any, size: int) -> Self:
        memory = cls.__new__(cls)
        memory._map(file.detach(), size)
        return memory


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Semaphore:
    """A POSIX semaphore in shared memory, at `offset`. `release` counts up, and wakes who waits."""

    def __init__(self, memory: SharedMemory, offset: int) -> None:
        self._at = (ctypes.c_char * SEMAPHORE_BYTES).from_buffer(memory.bytes, offset)
        self.release = partial(_quick.sem_post, self._at)
        self._try = partial(_quick.sem_trywait, self._at)

    def clear(self) -> None:
        """Set the count to 0, before anybody uses it."""
        _quick.sem_init(self._at, 1, 0)

    def try_acquire(self) -> bool:
        """Count down; returns False if the count is 0."""
        return self._try() == 0

    def acquire(self, timeout: float) -> bool:
        """Wait until the count is not 0 and count down; returns False after `timeout` seconds."""
        if self._try() == 0:
            return True
        end = time.clock_gettime_ns(_CLOCK) + int(timeout * 1e9)
        until = _Timespec(end // 10**9, end % 10**9)
        while _wait(self._at, until) != 0:
            if ctypes.get_errno() != errno.EINTR:  # a signal, which Python handles between two calls
                return False
        return True


def _wait(semaphore: ctypes.Array, until: _Timespec) -> int:
    if _CLOCK == time.CLOCK_MONOTONIC:
        return _libc.sem_clockwait(semaphore, _CLOCK, ctypes.byref(until))
    return _libc.sem_timedwait(semaphore, ctypes.byref(until))
