"""A trained bot: raw states in, actions out, under numpy or JAX."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from jaxrl.bots.description import Description
from jaxrl.game.action_space import STANDARD_ACTIONS, ActionSpace
from jaxrl.game.actions import EVERY_ACTION
from jaxrl.game.masks import allowed_actions, mask
from jaxrl.game.state import Array, namespace
from jaxrl.nets import layers
from jaxrl.nets.sampling import sample

VARIANCE_EPSILON = 1e-8  # as in jaxrl.ppo.normalize


class Policy:
    """The policy of a checkpoint, for C cars. States are raw rows `[..., F]` float32, see `jaxrl.game.state`.

    With numpy in, numpy comes out; the JAX backend takes and gives JAX arrays and can be used inside `jax.jit`.
    """

    def __init__(
        self,
        description: Description,
        arrays: dict[str, Array],
        actions: ActionSpace = STANDARD_ACTIONS,
        world: np.ndarray = EVERY_ACTION,
    ) -> None:
        """Choose from `actions`; `world` `[W, 8]` are the first rows of `EVERY_ACTION`, which states may name."""
        self.description = description
        self.arrays = arrays
        self.actions, self._world = actions, world
        self._tree = as_tree(arrays)

    def observe(self, state: Array) -> Array:
        """Observe raw states `[..., F]`: what every car sees, `[..., C, D]`, not normalised yet."""
        return self.description.view.observe(state, self._world)

    def normalize(self, obs: Array) -> Array:
        """Normalise observations `[..., D]` by the running statistics of training, clipped as in training."""
        if not self.description.normalize_observations:
            return obs
        scale = (self.arrays["obs_var"] + VARIANCE_EPSILON) ** 0.5
        clip = self.description.clip_observations
        return ((obs - self.arrays["obs_mean"]) / scale).clip(-clip, clip)

    def logits(self, obs: Array) -> Array:
        """Logits `[..., A]` of normalised observations `[..., D]`, before any action is masked.

        With `mirror` they are of actions as the car sees them, which may be a mirror image of the world.
        """
        hidden = self._mlp("actor", self.description.actor_layers, self.trunk(obs))
        return layers.dense(self._tree["logits_head"], hidden)

    def trunk(self, obs: Array) -> Array:
        """What actor and critic share, of normalised observations `[..., D]`: these themselves without such layers."""
        return self._mlp("trunk", self.description.trunk_layers, obs)

    def allowed(self, state: Array) -> Array | None:
        """Actions that may be chosen in raw states `[..., F]`, `[..., C, A]` bool; None if all may."""
        ticks = self.description.mask_ticks
        return None if ticks is None else allowed_actions(state, ticks, self.actions)

    def act(self, state: Array, uniforms: Array | None = None) -> Array:
        """Choose actions `[..., C]` int32 for all cars in raw states `[..., F]`, one or many.

        Greedy; with `uniforms` `[..., C]` in [0, 1) sampled from the policy, as in training.
        """
        logits, allowed = self.logits(self.normalize(self.observe(state))), self.allowed(state)
        greedy = uniforms is None
        chosen = mask(logits, allowed).argmax(-1).astype(np.int32) if greedy else sample(logits, uniforms, allowed)
        return self.to_world(state, chosen)

    def to_world(self, state: Array, chosen: Array) -> Array:
        """Outputs of the network `[..., C]` int32 for raw states `[..., F]`, as the world numbers and sees them."""
        return self.description.view.to_world(state, self.actions.to_world(chosen), len(self._world))

    def controls(self, actions: Array) -> Array:
        """Look up the controls `[..., 8]` of actions `[...]`, in the order of `jaxrl.game.actions.CONTROLS`."""
        return namespace(actions).asarray(self._world)[actions]

    def _mlp(self, name: str, num_layers: int, x: Array) -> Array:
        params = self._tree.get(name, {})
        return layers.mlp(params, x, num_layers, self.description.activation, self.description.layer_norm)


def as_tree(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Nest arrays by the parts of their names: `actor/Dense_0/kernel` is `["actor"]["Dense_0"]["kernel"]`.

    Raises ValueError where a name is both an array and the beginning of another name.
    """
    tree: dict[str, Any] = {}
    for name, array in arrays.items():
        *parents, last = name.split("/")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if not isinstance(branch, dict):
                raise ValueError(f"{name} is part of an array")
        branch[last] = array
    return tree
