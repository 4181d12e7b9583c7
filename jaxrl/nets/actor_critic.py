"""Actor and critic in Flax: parameters are declared here, what is computed with them is in `layers.py`."""

from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxrl.config.schema import Network
from jaxrl.nets import layers
from jaxrl.nets.products import product

HIDDEN_GAIN = 2**0.5
# A small last layer: the first policy is nearly uniform
LOGITS_GAIN = 0.01
VALUE_GAIN = 1.0
PRECISE = partial(product, dtype=jnp.float32)


class Dense(nn.Module):
    """Parameters of `layers.dense`, float32: an orthogonal kernel times `gain`, no bias at first."""

    size: int
    gain: float

    @nn.compact
    def __call__(self, input_size: int) -> dict[str, jax.Array]:
        """Return `kernel` `[input_size, size]` and `bias` `[size]`."""
        kernel = self.param("kernel", nn.initializers.orthogonal(self.gain), (input_size, self.size), jnp.float32)
        return {"kernel": kernel, "bias": self.param("bias", nn.initializers.zeros, (self.size,), jnp.float32)}


class LayerNorm(nn.Module):
    """Parameters of `layers.layer_norm`, float32."""

    @nn.compact
    def __call__(self, size: int) -> dict[str, jax.Array]:
        """Return `scale` and `bias` `[size]`."""
        scale = self.param("scale", nn.initializers.ones, (size,), jnp.float32)
        return {"scale": scale, "bias": self.param("bias", nn.initializers.zeros, (size,), jnp.float32)}


class MLP(nn.Module):
    """Parameters of `layers.mlp`, and its product."""

    sizes: tuple[int, ...]
    activation: str
    layer_norm: bool
    product: layers.Product

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Hidden layers: `[..., D]` -> `[..., sizes[-1]]`; without layers x as it is."""
        if not self.sizes:
            return x
        params = {}
        for i, (before, size) in enumerate(zip((x.shape[-1], *self.sizes), self.sizes, strict=False)):
            params[f"Dense_{i}"] = Dense(size, HIDDEN_GAIN, name=f"Dense_{i}")(before)
            if self.layer_norm:
                params[f"LayerNorm_{i}"] = LayerNorm(name=f"LayerNorm_{i}")(size)
        return layers.mlp(params, x, len(self.sizes), self.activation, self.layer_norm, self.product)


class ActorCritic(nn.Module):
    """Logits of the actions and the value of a normalised observation.

    All is float32, but what products take in, except that of the value, is rounded to `dtype` first.
    """

    network: Network
    num_actions: int
    dtype: Any = jnp.float32

    @property
    def _product(self) -> layers.Product:
        return partial(product, dtype=self.dtype)

    def setup(self) -> None:
        """Declare the parts, whose names are those of the parameters in every checkpoint."""

        def mlp(sizes: tuple[int, ...]) -> MLP:
            return MLP(sizes, self.network.activation, self.network.layer_norm, self._product)

        self.trunk = mlp(self.network.shared)
        self.actor = mlp(self.network.actor)
        self.critic = mlp(self.network.critic)
        self.logits_head = Dense(self.num_actions, LOGITS_GAIN)
        self.value_head = Dense(1, VALUE_GAIN)

    def __call__(self, obs: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Observations `[..., D]` -> logits `[..., A]`, values `[...]`, float32."""
        features = self.trunk(obs)
        return self._logits(features), self._value(features)

    def logits(self, obs: jax.Array) -> jax.Array:
        """Compute the policy alone: `[..., D]` -> `[..., A]`."""
        return self._logits(self.trunk(obs))

    def value(self, obs: jax.Array) -> jax.Array:
        """Compute the value alone: `[..., D]` -> `[...]`."""
        return self._value(self.trunk(obs))

    def _logits(self, features: jax.Array) -> jax.Array:
        hidden = self.actor(features)
        return layers.dense(self.logits_head(hidden.shape[-1]), hidden, self._product)

    def _value(self, features: jax.Array) -> jax.Array:
        hidden = self.critic(features)
        return layers.dense(self.value_head(hidden.shape[-1]), hidden, PRECISE)[..., 0]
