"""What environments have in common that are stepped group by group in turns, whatever their physics."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from types import TracebackType
from typing import Self

import numpy as np

from jaxrl.errors import SimulationError
from jaxrl.sim.running import RunningEpisodes
from jaxrl.sim.spec import Buffers, SimSpec
from jaxrl.sim.vec_env import Step


class GroupedEnv(ABC):
    """`VecEnv` on `spec.num_envs` arenas in `num_groups` groups, which take turns."""

    _buffers: Buffers

    def __init__(self, spec: SimSpec, num_groups: int) -> None:
        self.spec = spec
        self.num_envs = spec.num_envs
        bounds = [spec.num_envs * g // num_groups for g in range(num_groups + 1)]
        self.groups = tuple(slice(first, last) for first, last in pairwise(bounds))
        self._sent = [False] * num_groups  # whether a decision of the group has not been received yet
        self._turn = 0  # the group that is next

    @abstractmethod
    def reset(self) -> np.ndarray:
        """Start new episodes (`VecEnv.reset`), after finishing decisions that were sent and not received."""

    @abstractmethod
    def send(self, group: int, actions: np.ndarray) -> None:
        """Start a decision (`VecEnv.send`). Raises SimulationError out of turn, or if the last one was not received."""

    @abstractmethod
    def receive(self, group: int) -> Step:
        """Wait for a decision (`VecEnv.receive`). The arrays are valid until the next `send` or `reset`.

        Raises SimulationError if none was sent.
        """

    @abstractmethod
    def close(self) -> None:
        """Free what the environment holds (`VecEnv.close`)."""

    def step(self, actions: np.ndarray) -> Step:
        """Play one decision everywhere; `actions` is `[N, C]` int32."""
        for group, members in enumerate(self.groups):
            self.send(group, actions[members])
        # copies: a worker lost while waiting for a later group restarts all of its arenas
        results = [Step(*(array.copy() for array in self.receive(group))) for group in range(len(self.groups))]
        return Step(*(np.concatenate(arrays) for arrays in zip(*results, strict=True)))

    def set_start_weights(self, weights: Sequence[float]) -> None:
        """Set the weights `[K]` of start states for coming episodes, in the order of `spec.start_states`.

        Raises SimulationError while a decision is being played, since chance would decide which episodes it affects.
        """
        if any(self._sent):
            raise SimulationError("start weights cannot change while a decision is being played")
        self._buffers.start_weights[:] = weights

    def number_episodes(self, first: int) -> None:
        """Number the episodes that start next from `first` on: their random numbers are keyed by it.

        Raises SimulationError while a decision is being played.
        """
        if any(self._sent):
            raise SimulationError("episodes cannot be numbered anew while a decision is being played")
        self._buffers.episode[:] = first

    def running_episodes(self) -> RunningEpisodes | None:
        """What the running episodes were made of; None during a decision, and in physics that forgets."""
        return None

    def continue_episodes(self, running: RunningEpisodes) -> bool:
        """Play episodes of another run again, instead of `reset`; whether all are what they were, to the last bit.

        If not, `reset` comes next.
        """
        return False

    @property
    def arenas_rebuilt(self) -> int:
        """Number of times an arena was rebuilt because of NaN or infinity."""
        return int(self._buffers.rebuilt.sum())

    @property
    def workers_replaced(self) -> int:
        """Number of worker processes lost and replaced so far."""
        return 0

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers; empty when the arenas live in this process."""
        return []

    def _check_turn(self, group: int) -> None:
        if group != self._turn:
            raise SimulationError(f"groups take turns: group {self._turn} comes before group {group}")
        if self._sent[group]:
            raise SimulationError(f"group {group} is still busy: receive its last decision before sending another")

    def _check_sent(self, group: int) -> None:
        """Once received, episodes that ended have been restarted: a second time would restart them again."""
        if not self._sent[group]:
            raise SimulationError(f"group {group} has no decision to receive: send one first")

    def _mark_sent(self, group: int) -> None:
        self._sent[group] = True
        self._turn = (group + 1) % len(self.groups)

    def _step_of(self, group: int) -> Step:
        """The arrays of a group as they are now."""
        members, buffers = self.groups[group], self._buffers
        arrays = (buffers.state, buffers.terminated, buffers.truncated, buffers.final_state)
        return Step(*(array[members] for array in arrays))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
