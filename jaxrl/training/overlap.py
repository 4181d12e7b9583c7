"""Learning from one rollout while the next one is collected.

Rollout k + 1 is collected with the parameters that update k begins with, while that runs. So a policy is always one
update older than the parameters that learn from what it did (`train/policy_lag`), whatever is done first, and a run
stays the same to the last bit. How likely it found its actions is kept with them (`Rollout.log_probs`).
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import jax
import numpy as np

from jaxrl.config.schema import Config
from jaxrl.matches.league import League
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.report.tags import Timing
from jaxrl.sim.rollout import Collector, InProgress, Rollout
from jaxrl.training.device import has_accelerator
from jaxrl.training.step import Programs, collect, learn


def overlaps(config: Config) -> bool:
    """Whether a run learns while it collects, on the device that JAX has here."""
    if config.environment.one_by_one:
        return False
    return has_accelerator() if config.training.overlap == "auto" else config.training.overlap


class LearnsAside:
    """A context with a thread of its own that learns."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "jaxrl-learner")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()


class Overlap(LearnsAside):
    """The steps of a run that learns while it collects.

    `waiting` is the rollout that is collected but not learnt from yet: that of a checkpoint, if a run goes on from one.
    """

    def __init__(
        self, programs: Programs, collector: Collector, league: League | None = None, waiting: Rollout | None = None
    ) -> None:
        super().__init__()
        self.waiting = waiting
        self._programs, self._collector, self._league = programs, collector, league

    def __call__(self, state: TrainState, weights: Weights, is_last: bool) -> tuple[TrainState, Metrics, Timing]:
        """Learn from the rollout that waits, and collect the next one unless this is the last update of a run.

        `state` stays as it is. Where collecting fails, so does this, once the update is done, and no rollout waits.
        """
        started, lag, number = time.perf_counter(), 1.0, int(state.updates)
        physics = self._collector.physics_seconds
        rollout, self.waiting = self.waiting, None
        if rollout is None:
            rollout, lag = self._collect(state, number), 0.0
        begun = time.perf_counter()
        learning = self._thread.submit(_timed, learn, self._programs, state, rollout, weights)
        try:
            if not is_last:
                self.waiting = self._collect(state, number + 1)
        finally:
            collected = time.perf_counter()
            learnt, metrics, update_seconds = learning.result()
        ended = time.perf_counter()
        collect_seconds = collected - (begun if lag else started)
        physics = self._collector.physics_seconds - physics
        return learnt, metrics, Timing(collect_seconds, update_seconds, ended - started, lag, physics)

    @property
    def state(self) -> np.ndarray:
        """See `Collector.state`."""
        return self._collector.state

    def in_progress(self) -> InProgress | None:
        """See `Collector.in_progress`."""
        return self._collector.in_progress(self.waiting)

    def _collect(self, state: TrainState, number: int) -> Rollout:
        """In memory of its own: the collector's is used again."""
        rollout = collect(self._programs, self._collector, state, self._league, number)
        return jax.tree.map(np.copy, rollout)


def _timed(function: Callable[..., tuple[TrainState, Metrics]], *arguments: Any) -> tuple[TrainState, Metrics, float]:
    started = time.perf_counter()
    state, metrics = function(*arguments)
    return state, metrics, time.perf_counter() - started
