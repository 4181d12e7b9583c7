"""Array code for numpy and JAX alike: the namespace of an array, lengths, and products that keep full precision."""

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
