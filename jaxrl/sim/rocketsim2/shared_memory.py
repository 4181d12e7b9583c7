"""Memory and semaphores without a name, shared by processes.

Those of multiprocessing have names in /dev/shm, where SIGKILL of all processes leaves them, and of which containers
have little or nothing.
"""

import ctypes
import mmap
import os
import weakref
from collections.abc import Callable
from multiprocessing import synchronize
from multiprocessing.reduction import DupFd
from typing import Any, Self, cast

from jaxrl.errors import SimulationError

SEMAPHORE_BYTES = 32  # of a sem_t
COUNTING, MAX_COUNT = 1, 2**31 - 1  # multiprocessing's number for a semaphore, as against a lock; SEM_VALUE_MAX


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


class Semaphore(synchronize.Semaphore):
    """A semaphore of multiprocessing that lies in shared memory, at `offset`, instead of in a file."""

    def __init__(self, memory: SharedMemory, offset: int) -> None:
        self._at = (ctypes.c_char * SEMAPHORE_BYTES).from_buffer(memory.bytes, offset)
        # as in a process that was given one, but for the name of its file
        cast(Any, self).__setstate__((ctypes.addressof(self._at), COUNTING, MAX_COUNT, None))

    def clear(self) -> None:
        """Set the count to 0, before anybody uses it."""
        ctypes.CDLL(None).sem_init(self._at, 1, 0)
