"""When the bot that is learning is rated: at evaluations on a CPU, from one to the next beside an accelerator."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax

from jaxrl.matches.rating import Learned, Rated
from jaxrl.ppo.train_state import TrainState
from jaxrl.training.rating_process import RatingProcess
from jaxrl.training.saver import Snapshot

MOST = 0.05  # of the time of a run


class Rating(NamedTuple):
    """What a bot was rated, with all that a checkpoint of it holds."""

    snapshot: Snapshot
    rated: Rated


class Ratings(Protocol):
    """Are asked at every evaluation."""

    def rate(self, snapshot: Snapshot) -> list[Rating]:
        """Have a bot rated; returns what is known by now, of this one or of the one before."""
        ...

    def rest(self) -> list[Rating]:
        """What is not known yet, once it is."""
        ...


class InTurn:
    """Training waits for the rating. An evaluation goes without where ratings have taken more than their share."""

    def __init__(self, rater: Callable[[Learned], Rated]) -> None:
        self._rater, self._begun, self._spent = rater, time.perf_counter(), 0.0

    def rate(self, snapshot: Snapshot) -> list[Rating]:
        """Rate it now, or not at all."""
        started = time.perf_counter()
        if self._spent > MOST * (started - self._begun):
            return []
        rated = self._rater(learned(snapshot.state, snapshot.state.bot_params))
        self._spent += time.perf_counter() - started
        return [Rating(snapshot, rated)]

    def rest(self) -> list[Rating]:
        """Nothing."""
        return []


class Beside:
    """A process rates while training goes on: what it finds is taken at the next evaluation."""

    def __init__(self, process: RatingProcess) -> None:
        self._process = process
        self._waiting: Snapshot | None = None

    def rate(self, snapshot: Snapshot) -> list[Rating]:
        """Hand it over; returns the rating of the one before."""
        before, snapshot = self.rest(), snapshot.apart()
        self._process.begin(learned(snapshot.state, snapshot.state.bot_params))
        self._waiting = snapshot
        return before

    def rest(self) -> list[Rating]:
        """The rating of the last one."""
        snapshot, self._waiting = self._waiting, None
        if snapshot is None or (rated := self._process.take()) is None:
            return []
        return [Rating(snapshot, rated)]


def learned(state: TrainState, params: Any) -> Learned:
    """The policy with the weights `params` of a run, as numpy arrays that can go to another process."""
    return Learned(*jax.device_get((params, state.obs_stats)), int(state.updates))
