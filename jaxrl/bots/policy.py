"""A trained bot: raw states in, actions out, under numpy or JAX."""

import numpy as np

from jaxrl.bots.description import Description
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.state import Array, namespace
from jaxrl.nets import layers
from jaxrl.nets.sampling import sample

VARIANCE_EPSILON = 1e-8  # as in jaxrl.ppo.normalize


class Policy:
    """The policy of a checkpoint, for C cars. States are raw rows `[..., F]` float32, see `jaxrl.game.state`.

    With numpy in, numpy comes out; the JAX backend takes and gives JAX arrays and can be used inside `jax.jit`.
    """

    def __init__(self, description: Description, arrays: dict[str, Array]) -> None:
        self.description = description
        self.arrays = arrays

    def observe(self, state: Array) -> Array:
        """What every car sees in raw states `[..., F]`: `[..., C, D]`, not normalised yet."""
        return self.description.view.observe(state)

    def normalize(self, obs: Array) -> Array:
        """Observations `[..., D]` by the running statistics of training, clipped as in training."""
        if not self.description.normalize_observations:
            return obs
        scale = (self.arrays["obs_var"] + VARIANCE_EPSILON) ** 0.5
        clip = self.description.clip_observations
        return ((obs - self.arrays["obs_mean"]) / scale).clip(-clip, clip)

    def logits(self, obs: Array) -> Array:
        """Logits `[..., 90]` of normalised observations `[..., D]`; with `mirror` of actions as the car sees them."""
        hidden = self._mlp("trunk", self.description.trunk_layers, obs)
        hidden = self._mlp("actor", self.description.actor_layers, hidden)
        return self._dense("logits_head", hidden)

    def act(self, state: Array, uniforms: Array | None = None) -> Array:
        """Actions `[..., C]` int32 of all cars in raw states `[..., F]`, one or many.

        Greedy; with `uniforms` `[..., C]` in [0, 1) sampled from the policy, as in training.
        """
        logits = self.logits(self.normalize(self.observe(state)))
        chosen = logits.argmax(-1).astype(np.int32) if uniforms is None else sample(logits, uniforms)
        return self.description.view.to_world(state, chosen)

    def controls(self, actions: Array) -> Array:
        """Controls `[..., 8]` of actions `[...]`: throttle, steer, pitch, yaw, roll, jump, boost, handbrake."""
        return namespace(actions).asarray(ACTION_TABLE)[actions]

    def _mlp(self, name: str, num_layers: int, x: Array) -> Array:
        for i in range(num_layers):
            x = self._dense(f"{name}/Dense_{i}", x)
            if self.description.layer_norm:
                norm = f"{name}/LayerNorm_{i}"
                x = layers.layer_norm(x, self.arrays[f"{norm}/scale"], self.arrays[f"{norm}/bias"])
            x = layers.activate(self.description.activation, x)
        return x

    def _dense(self, name: str, x: Array) -> Array:
        return layers.dense(x, self.arrays[f"{name}/kernel"], self.arrays[f"{name}/bias"])
