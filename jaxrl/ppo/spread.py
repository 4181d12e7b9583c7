"""Several devices that learn as one: which arrays are spread over them, and which each of them has whole.

Arenas are spread while there are arenas, transitions within a minibatch; parameters are whole everywhere. The devices
may be of several hosts, each of which has arenas of its own. XLA does the rest: what the devices find is summed up
wherever a mean or a gradient is of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxrl.sim.rollout import Rollout

AXIS = "devices"
ENDS = ("final_states", "final_index")  # the fields of a rollout that have no axis of arenas, which is 1 in others


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
        if self.mesh is None:
            return tree
        return jax.tree.map(self._put_whole, tree) if self._over_hosts else jax.device_put(tree, self._sharding(None))

    def put_rollout(self, rollout: Rollout) -> Rollout:
        """A rollout of the host on the devices, its arenas spread over them; each of several hosts puts its part."""
        if self.mesh is None:
            return jax.device_put(rollout)
        there = {name: array for name, array in rollout._asdict().items() if array is not None}
        if self._over_hosts:
            shardings = {name: self._sharding(0 if name in ENDS else 1) for name in there}
            return rollout._replace(**jax.tree.map(jax.make_array_from_process_local_data, shardings, there))
        shardings = {name: self._sharding(None if name in ENDS else 1) for name in there}
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

    @property
    def _over_hosts(self) -> bool:
        return self.mesh is not None and self.mesh.is_multi_process

    def _put_whole(self, array: Any) -> jax.Array:
        """Every host has all of it."""
        if isinstance(array, jax.Array) and not array.is_fully_addressable:
            return array
        return jax.make_array_from_process_local_data(self._sharding(None), np.asarray(array), np.shape(array))

    def _sharding(self, axis: int | None) -> NamedSharding:
        assert self.mesh is not None
        return NamedSharding(self.mesh, PartitionSpec(*[None] * axis, AXIS) if axis is not None else PartitionSpec())


ONE_DEVICE = Spread()
