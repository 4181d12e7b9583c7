"""The nodes of a Ray cluster as the learner sees them: who joins is used, who is lost is not waited for.

One actor a node, which has one rollout to collect at a time. Only this file uses Ray.
"""

import logging
import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from jaxrl.errors import UserError, first_line, one_line
from jaxrl.matches.rating import Learned
from jaxrl.training.cluster.actor import RolloutActor, Sent, Wanted
from jaxrl.training.cluster.plan import Plan

LOOK_SECONDS = 1.0  # from one look at the list of nodes to the next
QUIET_SECONDS = 10.0  # without an answer, after which it is said that a node is not waited for
ATTEMPTS = 5  # to use a node whose actor is lost
CONNECT_SECONDS = 5.0
FETCH_SECONDS = 5.0  # for a rollout that is said to be there


class Rollouts(NamedTuple):
    """What an actor has sent."""

    actor: int
    sent: Sent


@dataclass
class Member:
    """A node that plays along, and what it is doing."""

    number: int  # of its actor, among all of the run
    name: str
    actor: Any
    doing: Any  # the reference of what it was asked for last; None: nothing
    since: float
    begun: bool = False
    is_quiet: bool = False


class Members:
    """All nodes with a processor that run the same code."""

    def __init__(self, address: str, plan: Plan, report: Callable[[str], None]) -> None:
        """Join the cluster at `address`; raises UserError where there is none."""
        self._plan, self._report = plan, report
        self._numbers = 0  # of actors so far
        self._members: dict[str, Member] = {}  # by node
        self._lost: Counter[str] = Counter()
        self._looked = -LOOK_SECONDS
        self.lost = 0  # actors, so far
        self.rebuilt: Counter[int] = Counter()  # arenas, by actor
        self._kind = ray.remote(RolloutActor)
        _check_reachable(address)
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
        except (RayError, ConnectionError, ValueError, RuntimeError) as error:
            raise UserError(f"--cluster {address}: {first_line(error)}") from error

    @property
    def playing(self) -> int:
        """Nodes that are ready to collect, or collect."""
        return sum(member.begun for member in self._members.values())

    def look(self) -> list[int]:
        """Start an actor on every node that is new; returns the numbers of the actors that are gone."""
        if (now := time.monotonic()) - self._looked < LOOK_SECONDS:
            return []
        self._looked = now
        alive = {
            node["NodeID"]: node["NodeManagerHostname"]
            for node in ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
        }
        gone = [self._drop(node, "has left") for node in [*self._members] if node not in alive]
        for node, name in alive.items():
            if node not in self._members and self._lost[node] < ATTEMPTS:
                self._start(node, name)
        for node, member in self._members.items():
            if member.doing is not None and not member.is_quiet and now - member.since > QUIET_SECONDS and member.begun:
                member.is_quiet = True
                self._report(f"{self._named(node)} has not answered for {QUIET_SECONDS:.0f} s: nobody waits for it")
        return gone

    def ask(self, learned: Any, wanted: Wanted) -> None:
        """Have everybody who does nothing collect a rollout by these parameters, a reference of `ray.put`."""
        for member in self._members.values():
            if member.begun and member.doing is None:
                member.doing, member.since = member.actor.collect.remote(learned, wanted), time.monotonic()

    def receive(self, timeout: float) -> tuple[list[Rollouts], list[int]]:
        """What has arrived within `timeout` seconds, and the numbers of the actors that were lost."""
        busy = {member.doing: node for node, member in self._members.items() if member.doing is not None}
        if not busy:
            time.sleep(timeout)
            return [], []
        ready, _ = ray.wait([*busy], timeout=timeout)
        if ready:
            ready, _ = ray.wait([*busy], num_returns=len(busy), timeout=0)
        found, lost = [], []
        for reference in ready:
            node = busy[reference]
            member = self._members[node]
            try:
                answer = ray.get(reference, timeout=FETCH_SECONDS)
            except (RayError, OSError) as error:
                self._lost[node] += 1
                self.lost += 1
                lost.append(self._drop(node, f"is lost ({_reason(error)})"))
                continue
            if member.is_quiet:
                self._report(f"{self._named(node)} answers again")
            member.doing, member.is_quiet = None, False
            if isinstance(answer, Sent):
                self._lost[node] = 0
                self.rebuilt[member.number] = answer.arenas_rebuilt
                found.append(Rollouts(member.number, answer))
            elif answer is None:
                member.begun = True
                self._report(f"{self._named(node)} plays along: {self.playing} now")
            else:
                self._lost[node] = ATTEMPTS
                lost.append(self._drop(node, answer))
        return found, lost

    def put(self, learned: Learned) -> Any:
        """Parameters for all nodes: each fetches them once."""
        return ray.put(learned)

    def close(self) -> None:
        """End all actors, on all nodes."""
        ray.shutdown()

    def _start(self, node: str, name: str) -> None:
        where = NodeAffinitySchedulingStrategy(node, soft=False)
        actor: Any = self._kind.options(num_cpus=1, scheduling_strategy=where).remote(self._plan, self._numbers)
        self._members[node] = Member(self._numbers, name, actor, actor.begin.remote(), time.monotonic())
        self._numbers += 1

    def _drop(self, node: str, why: str) -> int:
        """Go on without a node; returns the number of its actor."""
        named, member = self._named(node), self._members.pop(node)
        ray.kill(member.actor)
        self._report(f"{named} {why}; {self.playing} go on")
        return member.number

    def _named(self, node: str) -> str:
        return f"node {self._members[node].name} ({node[:6]})"


def _check_reachable(address: str) -> None:
    """Ray would try for minutes; raises UserError where nobody answers at HOST:PORT."""
    found = re.fullmatch(r"(?:ray://)?(.+):(\d+)", address)
    if found is None:
        return
    try:
        socket.create_connection((found[1], int(found[2])), timeout=CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"--cluster {address}: nobody answers there ({one_line(error)})") from error


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"
