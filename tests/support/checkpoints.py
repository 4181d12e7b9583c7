"""Comparisons of what checkpoints hold."""

from typing import Any

import jax
import numpy as np


def assert_same_bits(one: Any, two: Any) -> None:
    """Compare two pytrees: structure, dtypes, shapes and bytes."""
    assert jax.tree.structure(one) == jax.tree.structure(two)
    for (path, a), b in zip(jax.tree.leaves_with_path(one), jax.tree.leaves(two), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), path
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes(), path
