"""What so many nodes come to on paper, and what holds them up first; part of `benchmarks.scale`."""

from typing import NamedTuple

NODES = (1, 10, 100, 1000)
GIGABITS = (1, 10)  # a second, of the learner's network, each way

# what is the lowest limit, and the way past it
WAYS = {
    "nodes": "more nodes: nothing else holds them up",
    "network, rows": "compression, a faster network; several learners",
    "network, weights": "larger rollouts, weights in half precision; nodes that hand weights on to others",
    "intake": "several processes that decode; several learners",
    "update": "more devices that learn together, fewer epochs; several learners",
}


class Figures(NamedTuple):
    """What the table is computed from; rates are environment steps/s."""

    node: float  # that a node plays alone
    share: float  # of that, which so many nodes came to in the rehearsal; 1 = all
    intake: float
    update: float
    bytes_a_step: float  # from a node to the learner
    weight_bytes: float  # from the learner to a node, once a rollout
    rollout: int  # environment steps of the rollout of a node
    max_lag: int  # updates, after which a rollout is too old


class Row(NamedTuple):
    """So many nodes at a learner with such a network."""

    nodes: int
    gigabits: float
    limits: dict[str, float]  # environment steps/s that each part allows, the lowest first
    batch: int  # environment steps of an update, about the fewest with which rollouts do not get too old

    @property
    def rate(self) -> float:
        """Environment steps/s that are learnt from."""
        return next(iter(self.limits.values()))

    @property
    def first(self) -> str:
        """The first bottleneck."""
        return next(iter(self.limits))

    @property
    def second(self) -> tuple[str, float]:
        """What would hold them up next, and at how many steps/s; the nodes do not count, of which there may be more."""
        return next((name, rate) for name, rate in self.limits.items() if name not in (self.first, "nodes"))


def row(figures: Figures, nodes: int, gigabits: float) -> Row:
    """Each part by itself: all of them work at the same time.

    A node fetches weights once a rollout at most, as it does when every update learns from a rollout of each. So
    `weight_bytes / rollout` bytes a step leave the learner, however many nodes there are. While a node collects, all
    others send a rollout, too: an update that learns from fewer than `nodes / max_lag` makes them too old.
    """
    network = gigabits * 1e9 / 8  # bytes/s
    limits = {
        "nodes": nodes * figures.node * figures.share,
        "network, rows": network / figures.bytes_a_step,
        "network, weights": network * figures.rollout / figures.weight_bytes,
        "intake": figures.intake,
        "update": figures.update,
    }
    batch = -(-nodes // figures.max_lag) * figures.rollout
    return Row(nodes, gigabits, dict(sorted(limits.items(), key=lambda limit: limit[1])), batch)


def paper(figures: Figures) -> list[Row]:
    """Every number of nodes with every network."""
    return [row(figures, nodes, gigabits) for gigabits in GIGABITS for nodes in NODES]
