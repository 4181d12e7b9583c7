"""What the learner and its workers share: the arrays of all arenas, and whose turn it is."""

import ctypes
import math

import numpy as np

from jaxrl.sim.rocketsim2.shared_memory import SEMAPHORE_BYTES, Semaphore, SharedMemory
from jaxrl.sim.spec import Buffers, SimSpec

CACHE_LINE = 64  # bytes


class Turn:
    """The turns that the learner and a worker take at one group of arenas, in shared memory."""

    BYTES = 2 * CACHE_LINE  # apart from what the other side writes, which would slow both down

    def __init__(self, memory: SharedMemory, offset: int) -> None:
        self.go, self.done = Semaphore(memory, offset), Semaphore(memory, offset + CACHE_LINE)
        self.command = ctypes.c_int.from_buffer(memory.bytes, offset + SEMAPHORE_BYTES)

    def clear(self) -> None:
        """Forget what a worker before has left."""
        self.go.clear()
        self.done.clear()

    def send(self, command: int) -> None:
        """Start `command` in the worker."""
        self.command.value = command
        self.go.release()


class Board:
    """What the learner and all workers share: the buffers, and turns for each worker and group."""

    def __init__(self, spec: SimSpec, num_workers: int, num_groups: int) -> None:
        self._spec, self._num_groups, self._offsets, size = spec, num_groups, {}, 0
        for name, (shape, dtype) in Buffers.layout(spec).items():
            self._offsets[name] = size
            size += -(-math.prod(shape) * np.dtype(dtype).itemsize // CACHE_LINE) * CACHE_LINE
        self._turns = size
        self._memory = SharedMemory(size + num_workers * num_groups * Turn.BYTES)

    def buffers(self) -> Buffers:
        """The buffers as numpy arrays."""
        memory, layout = self._memory.bytes, Buffers.layout(self._spec)
        return Buffers(
            **{
                name: np.frombuffer(memory, dtype, math.prod(shape), self._offsets[name]).reshape(shape)
                for name, (shape, dtype) in layout.items()
            }
        )

    def turns(self, worker: int) -> list[Turn]:
        """The turns of a worker, one for each group."""
        first = self._turns + worker * self._num_groups * Turn.BYTES
        return [Turn(self._memory, first + group * Turn.BYTES) for group in range(self._num_groups)]
