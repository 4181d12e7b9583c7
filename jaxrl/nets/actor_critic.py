"""Actor and critic: multi-layer perceptrons in Flax, with or without a shared trunk."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxrl.config.schema import Network
from jaxrl.nets import layers


class Dense(nn.Module):
    """Parameters of `layers.dense`: kernel `[D, size]`, bias `[size]`, float32; computes in `dtype`."""

    size: int
    kernel_init: nn.initializers.Initializer
    dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """`[..., D]` -> `[..., size]`."""
        kernel = self.param("kernel", self.kernel_init, (x.shape[-1], self.size))
        bias = self.param("bias", nn.initializers.zeros, (self.size,))
        return layers.dense(*(array.astype(self.dtype) for array in (x, kernel, bias)))


class LayerNorm(nn.Module):
    """Parameters of `layers.layer_norm`: scale and bias `[H]`, float32, in which it also computes."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """`[..., H]` -> `[..., H]`, in the dtype of `x`."""
        scale = self.param("scale", nn.initializers.ones, (x.shape[-1],))
        bias = self.param("bias", nn.initializers.zeros, (x.shape[-1],))
        return layers.layer_norm(x.astype(jnp.float32), scale, bias).astype(x.dtype)


class MLP(nn.Module):
    """Hidden layers: dense, optional LayerNorm, activation. `[..., D]` -> `[..., sizes[-1]]`."""

    sizes: tuple[int, ...]
    activation: str
    layer_norm: bool
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Apply all layers: `[..., D]` -> `[..., sizes[-1]]`."""
        for size in self.sizes:
            x = Dense(size, nn.initializers.orthogonal(2**0.5), self.dtype)(x)
            if self.layer_norm:
                x = LayerNorm()(x)
            x = layers.activate(self.activation, x)
        return x


class ActorCritic(nn.Module):
    """Logits of the actions and the value of a normalised observation.

    Parameters are float32; `dtype` is what the hidden layers compute in. Logits and values come out in float32.
    """

    network: Network
    num_actions: int
    dtype: jnp.dtype = jnp.float32

    def setup(self) -> None:
        """Declare trunk, actor, critic and heads."""

        def mlp(sizes: tuple[int, ...]) -> MLP:
            return MLP(sizes, self.network.activation, self.network.layer_norm, self.dtype)

        self.trunk = mlp(self.network.shared)
        self.actor = mlp(self.network.actor)
        self.critic = mlp(self.network.critic)
        # a small last layer: the first policy is nearly uniform, the first values nearly zero
        self.logits_head = Dense(self.num_actions, nn.initializers.orthogonal(0.01))
        self.value_head = Dense(1, nn.initializers.orthogonal(1.0))

    def __call__(self, obs: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Observations `[..., D]` -> logits `[..., A]`, values `[...]`, float32."""
        features = self.trunk(obs)
        return self._logits(features), self._value(features)

    def logits(self, obs: jax.Array) -> jax.Array:
        """The policy alone: `[..., D]` -> `[..., A]`."""
        return self._logits(self.trunk(obs))

    def value(self, obs: jax.Array) -> jax.Array:
        """The value alone: `[..., D]` -> `[...]`."""
        return self._value(self.trunk(obs))

    def _logits(self, features: jax.Array) -> jax.Array:
        return self.logits_head(self.actor(features).astype(jnp.float32))

    def _value(self, features: jax.Array) -> jax.Array:
        return self.value_head(self.critic(features).astype(jnp.float32))[..., 0]
