"""Several devices that learn as one: which arrays are spread over them, and which each of them has whole.

Arenas are spread while there are arenas, transitions within a minibatch; parameters are whole everywhere. XLA does the
rest: what the devices find is summed up wherever a mean or a gradient is of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxrl.sim.rollout import Rollout

AXIS = "devices"
ARENAS = {"final_states": None, "final_index": None}  # axis of the arenas in a rollout, 1 where it is not named


@dataclass(frozen=True)
class Spread:
    """The devices, or None for the one that JAX takes."""

    mesh: Mesh | None = None

    @classmethod
    def over(cls, devices: Sequence[jax.Device]) -> "Spread":
        """Over these devices; a single one needs nothing of it."""
        return cls(Mesh(np.array(devices), (AXIS,)) if len(devices) > 1 else None)

    @property
    def size(self) -> int:
        """Number of devices."""
        return 1 if self.mesh is None else self.mesh.size

    def put(self, tree: Any) -> Any:
        """Arrays of the host, or of one device, whole on each device."""
        return tree if self.mesh is None else jax.device_put(tree, self._sharding(None))

    def put_rollout(self, rollout: Rollout) -> Rollout:
        """A rollout of the host on the devices, its arenas spread over them."""
        if self.mesh is None:
            return jax.device_put(rollout)
        there = {name: array for name, array in rollout._asdict().items() if array is not None}
        shardings = {name: self._sharding(ARENAS.get(name, 1)) for name in there}
        return rollout._replace(**jax.device_put(there, shardings))

    def first(self, tree: Any) -> Any:
        """What the first device has of arrays that are whole everywhere, without a copy."""
        return tree if self.mesh is None else jax.tree.map(lambda array: array.addressable_shards[0].data, tree)

    def rows(self, tree: Any) -> Any:
        """In a program: the first axis spread over the devices."""
        return tree if self.mesh is None else jax.lax.with_sharding_constraint(tree, self._sharding(0))

    def whole(self, tree: Any) -> Any:
        """In a program: whole on each device."""
        return tree if self.mesh is None else jax.lax.with_sharding_constraint(tree, self._sharding(None))

    def _sharding(self, axis: int | None) -> NamedSharding:
        assert self.mesh is not None
        return NamedSharding(self.mesh, PartitionSpec(*[None] * axis, AXIS) if axis is not None else PartitionSpec())


ONE_DEVICE = Spread()
