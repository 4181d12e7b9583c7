"""Nodes that sleep instead of playing, in a real Ray cluster on this machine; part of `benchmarks.scale`.

Each has a raylet, an object store and an actor process of its own, as a machine has. What they send is a real rollout,
which crosses by Ray from store to store, and the learner's intake and steps are those of a run. Only physics, inference
and the update are not there.
"""

import os
import time
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import ray
from ray.cluster_utils import Cluster

from benchmarks.speed.scale_intake import Setting
from benchmarks.speed.scale_overlap import NoMetrics
from jaxrl.errors import UserError, first_line
from jaxrl.matches.rating import Learned
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.sim.rollout import Rollout
from jaxrl.training.cluster.actor import Sent, Wanted
from jaxrl.training.cluster.members import Members
from jaxrl.training.cluster.steps import ClusterSteps
from jaxrl.training.cluster.wire import Packed
from jaxrl.training.step import Programs

UPDATE_SECONDS = 0.01  # of a learner that is no bottleneck
JOIN_SECONDS = 600.0  # for all processes of all nodes to start, on however few cores
WARM_UP = 2  # updates
STORE = 100_000_000  # bytes of a node's object store, and room for a few rollouts
# the first: a machine that is busy with something else would starve them
ENVIRONMENT = {"RAY_worker_niceness": "0", "RAY_USAGE_STATS_ENABLED": "0"}


class StandInPlan(NamedTuple):
    """What a stand-in node must know."""

    packed: Packed  # sent each time
    seconds: float  # after which it is sent


class StandInActor:
    """A `RolloutActor` that lets the time of a rollout pass without using a core."""

    def __init__(self, plan: StandInPlan, number: int) -> None:
        self._plan = plan

    def begin(self) -> None:
        """Nothing can go wrong here."""

    def collect(self, learned: Learned, wanted: Wanted) -> Sent:
        """The same rollout again, after a while."""
        time.sleep(self._plan.seconds)
        return Sent(learned.update, self._plan.packed, 0)


class StandInMembers(Members):
    """`Members` of whom each is a stand-in."""

    def __init__(self, address: str, plan: Any, report: Callable[[str], None]) -> None:
        super().__init__(address, plan, report)
        self._kind = ray.remote(StandInActor)


class Rehearsed(NamedTuple):
    """What so many nodes came to."""

    nodes: int
    rate: float  # environment steps/s that were learnt from
    perfect: float  # environment steps/s if nobody ever waited
    dropped: int  # rollouts that were too old

    @property
    def share(self) -> float:
        """Of perfect."""
        return self.rate / self.perfect


def rehearse(setting: Setting, seconds: float, counts: Sequence[int], updates: int) -> list[Rehearsed]:
    """Measure the learner with each of these numbers of nodes, of which each takes `seconds` for a rollout.

    An update learns from as many rollouts as there are nodes. `counts` grow. Raises UserError where nodes do not start.
    """
    said: list[str] = []
    found = []
    with local_cluster(setting.packed.nbytes * counts[-1]) as cluster:
        members = StandInMembers(cluster.address, StandInPlan(setting.packed, seconds), said.append)
        try:
            for before, count in zip([0, *counts], counts, strict=False):
                for _ in range(count - before):
                    add_node(cluster, setting.packed.nbytes)
                wait_for(members, count, said)
                found.append(measure(setting, members, seconds, count, updates))
        finally:
            members.close()
    return found


@contextmanager
def local_cluster(rollout_bytes: int) -> Generator[Cluster]:
    """A Ray cluster of this machine whose head plays no part; all of it ends with the context."""
    os.environ |= ENVIRONMENT
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE + 4 * rollout_bytes}
    with warnings.catch_warnings():
        # what Ray forks becomes another program at once, which JAX cannot know
        warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
        try:
            cluster = Cluster(initialize_head=True, head_node_args=head)
        except Exception as error:  # Ray has no type for it
            raise UserError(f"no Ray cluster starts here: {first_line(error)}") from error
        try:
            yield cluster
        finally:
            cluster.shutdown()


def add_node(cluster: Cluster, rollout_bytes: int) -> None:
    """Start one more node; raises UserError where it does not start."""
    try:
        cluster.add_node(num_cpus=1, object_store_memory=STORE + 4 * rollout_bytes)
    except Exception as error:  # Ray has no type for it
        raise UserError(f"a node of Ray's does not start here: {first_line(error)}") from error


def wait_for(members: Members, count: int, said: Sequence[str]) -> None:
    """Wait until so many nodes play along; raises UserError with what was said last if that takes too long."""
    until = time.monotonic() + JOIN_SECONDS
    while members.playing < count:
        if time.monotonic() > until:
            last = f": {said[-1]}" if said else ""
            raise UserError(f"{members.playing} of {count} nodes play along after {JOIN_SECONDS:.0f} s{last}")
        members.look()
        members.receive(0.1)


def measure(setting: Setting, members: Members, seconds: float, count: int, updates: int) -> Rehearsed:
    """The rate of some updates after a warm-up; raises UserError if a node is lost meanwhile."""
    intake, lost = setting.intake(count), members.lost
    state, started = setting.state, time.perf_counter()

    def is_less() -> bool:
        return members.playing < count or members.lost > lost

    ppo = setting.ppo
    programs = Programs(ppo.act_with_log_probs, cast(Any, stand_in_update), spread=ppo.spread)
    with ClusterSteps(programs, members, intake, is_less, lambda _: None) as steps:
        for number in range(WARM_UP + updates):
            if number == WARM_UP:
                started = time.perf_counter()
            done = steps(state, setting.weights, False)
            if done is None:
                raise UserError(f"a node of {count} was lost in the rehearsal")
            state = done[0]
        taken = time.perf_counter() - started
    return Rehearsed(count, count * setting.steps * updates / taken, count * setting.steps / seconds, intake.dropped)


def stand_in_update(state: TrainState, rollout: Rollout, weights: Weights) -> tuple[TrainState, NoMetrics]:
    """An update that is short and learns nothing."""
    time.sleep(UPDATE_SECONDS)
    return state.replace(updates=state.updates + 1), NoMetrics()
