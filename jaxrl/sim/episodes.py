"""Which episode each arena plays, and how it starts: the same for every physics, keyed by seed, arena and episode."""

import numpy as np

from jaxrl.errors import SimulationError
from jaxrl.game.starts.augment import augment
from jaxrl.game.starts.check import draw
from jaxrl.game.starts.registry import is_even, resolve_start_states
from jaxrl.game.starts.state import StartState
from jaxrl.sim.spec import Buffers, SimSpec

MAX_BROKEN_EPISODES = 20  # in a row with NaN before their start state is blamed

START_STREAM = 0  # key of the generator that start states draw from; physics that draw more have keys of their own


class Episodes:
    """The episodes of the arenas `first` to `last` (exclusive) of `spec`; `buffers` hold these arenas alone."""

    def __init__(self, spec: SimSpec, buffers: Buffers, first: int, last: int) -> None:
        self._spec, self._buffers, self._first = spec, buffers, spec.first_arena + first
        self._functions = resolve_start_states(name for name, _ in spec.start_states)
        # never backwards: a worker that replaces another one goes on behind it
        np.maximum(buffers.episode, spec.first_episode, out=buffers.episode)
        self.started_as = np.zeros(last - first, np.int64)  # index of the start state of this episode
        self.broken_in_a_row = np.zeros(len(spec.start_states), np.int64)  # by start state

    def draw(self, index: int) -> tuple[int, StartState | None]:
        """Draw the next episode of arena `index`: a seed below 2**31 for its kickoff, and the start state, if any.

        Raises UserError that names the start state if it fails or cannot be played.
        """
        rng = self.generator(START_STREAM, index)
        kickoff_seed = int(rng.integers(2**31))
        upper_ends = np.cumsum(self._buffers.start_weights[index])
        choice = int(np.searchsorted(upper_ends[:-1] / upper_ends[-1], rng.random(), side="right"))
        self.started_as[index] = choice
        # should the function hang, whoever waits for it can name it
        self._buffers.drawing[index] = choice + 1
        start = draw(self._name(index), self._functions[choice], rng, self._spec.team_size)
        self._buffers.drawing[index] = 0
        if start is not None and self._spec.augment_starts and not is_even(self._name(index)):
            start = augment(rng, start)
        return kickoff_seed, start

    def started(self, indices: np.ndarray) -> None:
        """Count the episodes that were drawn for the arenas at `indices` and have begun."""
        self._buffers.episode[indices] += 1

    def ended(self, indices: np.ndarray, broken: list[int]) -> None:
        """Note which of the episodes that end at `indices` end by NaN. Raises SimulationError if it is always so."""
        for i in indices:
            choice = self.started_as[i]
            self.broken_in_a_row[choice] = self.broken_in_a_row[choice] + 1 if i in broken else 0
            if self.broken_in_a_row[choice] >= MAX_BROKEN_EPISODES:
                raise SimulationError(
                    f"start state {self._name(i)!r}: the physics produced NaN in {MAX_BROKEN_EPISODES} "
                    "of its episodes in a row"
                )

    def not_finite(self, index: int) -> SimulationError:
        """The error for a first state with NaN or infinity in it."""
        return SimulationError(f"start state {self._name(index)!r}: a number in it is NaN or infinite")

    def generator(self, stream: int, index: int, *more: int) -> np.random.Generator:
        """Random numbers keyed by seed, stream, arena and its next episode, never by worker."""
        key = (self._spec.seed, stream, self._first + int(index), int(self._buffers.episode[index]), *more)
        return np.random.default_rng(np.random.SeedSequence(key))

    def _name(self, index: int) -> str:
        return self._spec.start_states[self.started_as[index]][0]
