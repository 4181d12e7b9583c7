"""Array code for numpy and JAX alike: the namespace of an array, lengths, and products that keep full precision."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

Array = Any  # numpy.ndarray or jax.Array: this package is written for both


def namespace(array: Array) -> ModuleType:
    """numpy for numpy arrays, jax.numpy for JAX arrays and tracers, without importing JAX."""
    return np if isinstance(array, np.ndarray | np.generic) else array.__array_namespace__()


def length(vectors: Array) -> Array:
    """Lengths `[...]` of vectors `[..., n]`."""
    return namespace(vectors).sqrt((vectors * vectors).sum(-1))


def float32_product(a: Array, b: np.ndarray) -> Array:
    """`a @ b` in full float32 whatever the precision of the network's products is: for states and probabilities."""
    return a @ b if namespace(a) is np else namespace(a).matmul(a, b, precision="highest")


def repeated(function: Callable[[tuple[Array, ...]], tuple[Array, ...]], start: tuple[Array, ...], times: int) -> list:
    """The first array of what `function` makes of `start`, of that again, and so on: `times` arrays.

    With JAX it is a loop of the program: written out, a chain of such steps takes it long to compile and to run.
    """
    if getattr(namespace(start[0]), "__name__", "") == "jax.numpy":
        import jax

        def step(now: tuple[Array, ...], _: None) -> tuple[tuple[Array, ...], Array]:
            following = function(now)
            return following, following[0]

        every = jax.lax.scan(step, start, None, times)[1]
        return [every[number] for number in range(times)]
    found = []
    for _ in range(times):
        start = function(start)
        found.append(start[0])
    return found
