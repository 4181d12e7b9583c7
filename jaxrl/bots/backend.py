"""Weights for the arrays that a player is called with."""

from typing import Any, Literal

Backend = Literal["numpy", "jax"]


def for_backend(arrays: Any, backend: Backend) -> Any:
    """The numpy arrays in a tree of dicts as they are, or as JAX arrays."""
    if backend == "numpy":
        return arrays
    import jax.numpy as jnp

    def convert(tree: Any) -> Any:
        return {name: convert(leaf) for name, leaf in tree.items()} if isinstance(tree, dict) else jnp.asarray(tree)

    return convert(arrays)
