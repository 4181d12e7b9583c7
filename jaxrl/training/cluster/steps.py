"""The steps of a run whose rollouts come from a cluster: learning goes on while nodes collect."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.report.tags import Timing, cluster_scalars
from jaxrl.training.cluster.actor import Wanted
from jaxrl.training.cluster.intake import Intake
from jaxrl.training.cluster.wire import unpack
from jaxrl.training.overlap import LearnsAside
from jaxrl.training.ratings import learned
from jaxrl.training.step import Programs, learn

if TYPE_CHECKING:  # Ray is an extra
    from jaxrl.training.cluster.members import Members

WAIT_SECONDS = 0.1
ALONE_SECONDS = 10.0  # without a rollout, after which that is said


class ClusterSteps(LearnsAside):
    """See `jaxrl.training.overlap.Overlap` for what a step is."""

    def __init__(
        self,
        programs: Programs,
        members: "Members",
        intake: Intake,
        is_stopped: Callable[[], bool],
        report: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._programs, self._members, self._intake = programs, members, intake
        self._is_stopped, self._report = is_stopped, report
        self._wanted = Wanted((), 0)  # until the stage is entered
        self.state = intake.empty_state
        self._put: tuple[int, Any] | None = None  # the parameters that nodes collect by, and after how many updates

    def __call__(self, state: TrainState, weights: Weights, is_last: bool) -> tuple[TrainState, Metrics, Timing] | None:
        """Wait for enough rollouts, and learn from them; None if the run was stopped meanwhile."""
        started = heard = time.perf_counter()
        while (batch := self._intake.take(state)) is None:
            if self._is_stopped():
                return None
            if self._gather(state, weights):
                heard = time.perf_counter()
            elif time.perf_counter() - heard > ALONE_SECONDS:
                heard = time.perf_counter()
                self._report(f"no rollout for {ALONE_SECONDS:.0f} s: {self._members.playing} nodes play along")
        collected = time.perf_counter()
        carried, rollout, lag = batch
        self.state = rollout.states[-1]
        learning = self._thread.submit(learn, self._programs, carried, rollout, weights)
        while not learning.done():
            self._gather(state, weights)
        learnt, metrics = learning.result()
        ended = time.perf_counter()
        return learnt, metrics, Timing(collected - started, ended - collected, ended - started, lag)

    @property
    def arenas_rebuilt(self) -> int:
        """On all nodes, since they joined."""
        return self._members.rebuilt.total()

    @property
    def workers_replaced(self) -> int:
        """Actors that were lost."""
        return self._members.lost

    def set_start_weights(self, weights: Sequence[float]) -> None:
        """Nodes begin their next episodes by them."""
        self._wanted = self._wanted._replace(start_weights=tuple(weights))

    def set_n_steps(self, n_steps: int) -> None:
        """Nodes collect their next rollouts of so many decisions."""
        self._wanted = self._wanted._replace(n_steps=n_steps)

    def in_progress(self) -> None:
        """A resumed run begins new episodes: these are on nodes that may be gone."""

    def figures(self) -> dict[str, float]:
        """For TensorBoard."""
        dropped, refused = self._intake.dropped, self._intake.refused
        return cluster_scalars(nodes=self._members.playing, rollouts_dropped=dropped, rollouts_refused=refused)

    def _gather(self, state: TrainState, weights: Weights) -> int:
        """Take in what has arrived, and ask for more unless there is enough; returns how many rollouts came."""
        if self._put is None or self._put[0] != int(state.updates):
            self._put = int(state.updates), self._members.put(learned(state, state.params))
        gone = self._members.look()
        self._ask(coming=0)
        found, lost = self._members.receive(WAIT_SECONDS)
        self._ask(len(found))  # whoever has sent one collects the next while these are taken in
        for actor in (*gone, *lost):
            self._intake.forget(actor)
        for actor, sent in found:
            rollout = unpack(sent.rollout, self._intake.empty_state.shape[-1])
            if not self._intake.accept(actor, sent.version, rollout, weights):
                self._report(f"a rollout of actor {actor} holds numbers that are not finite: refused")
        return len(found)

    def _ask(self, coming: int) -> None:
        assert self._put is not None
        if not self._intake.is_enough(coming):
            self._members.ask(self._put[1], self._wanted)
