"""The product of a layer in JAX, and its gradients, in the forms that a CPU computes fastest.

What a layer takes in may be rounded to bfloat16; sums, and what comes out, are float32. A CPU with AVX512_BF16
multiplies such numbers up to twice as fast as float32.

XLA reaches that rate, and its best one in float32, only in a product of two arrays that lie in memory as they are
written, `[M, K] @ [K, N]`. Of `x.T @ g` it makes another kind of product, slower in float32 and in bfloat16 no faster
than that. So gradients lay out anew what they need turned; of two arrays the one with fewer columns. A GPU gets plain
products. `python -m benchmarks.update_profile` measures both forms.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental.layout import Layout, with_layout_constraint

AS_WRITTEN = Layout((0, 1))  # the last axis is the one without gaps


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def product(x: jax.Array, kernel: jax.Array, dtype: Any) -> jax.Array:
    """`x` `[..., D]` times `kernel` `[D, H]`, each rounded to `dtype` before: `[..., H]` float32."""
    return multiply(x.astype(dtype), kernel.astype(dtype))


def _forward(x: jax.Array, kernel: jax.Array, dtype: Any) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    x, kernel = x.astype(dtype), kernel.astype(dtype)
    return multiply(x, kernel), (x, kernel)


def _backward(dtype: Any, taken: tuple[jax.Array, jax.Array], gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
    x, kernel = taken
    gradient = gradient.astype(dtype)
    of_x = multiply(gradient, turned(kernel))
    rows, gradients = x.reshape(-1, x.shape[-1]), gradient.reshape(-1, gradient.shape[-1])
    return of_x, gradient_of_kernel(rows, gradients)


def gradient_of_kernel(x: jax.Array, gradient: jax.Array) -> jax.Array:
    """`x` `[B, D]` turned times `gradient` `[B, H]`: `[D, H]` float32."""
    if gradient.shape[-1] < x.shape[-1]:
        return turned(_as_written(multiply(turned(gradient), x)))
    return _as_written(multiply(turned(x), gradient))


def turned(matrix: jax.Array) -> jax.Array:
    """The transpose `[N, M]` of `[M, N]`: on a CPU laid out in memory, as XLA would only read it the other way."""
    return _as_written(matrix.T)


def multiply(a: jax.Array, b: jax.Array) -> jax.Array:
    """`a` `[..., K]` times `b` `[K, N]`, summed in float32."""
    return jnp.matmul(a, b, preferred_element_type=jnp.float32)


def _as_written(matrix: jax.Array) -> jax.Array:
    def constrained(matrix: jax.Array) -> jax.Array:
        return with_layout_constraint(matrix, AS_WRITTEN)

    return jax.lax.platform_dependent(matrix, cpu=constrained, default=lambda matrix: matrix)


product.defvjp(_forward, _backward)
