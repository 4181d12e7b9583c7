"""A small run for tests of checkpoints, and comparisons of what they hold."""

from typing import Any

import jax
import numpy as np

# 2 x 8 = 16 steps an update, 6 updates of 2 x 2 optimizer steps
SETTINGS = (
    "environment.num_envs=2",
    "training.n_steps=8",
    "training.n_epochs=2",
    "training.n_minibatches=2",
    "training.total_timesteps=96",
    "network.actor=[8]",
    "network.critic=[4]",
    "normalization.observations=true",
    "normalization.returns=true",
)


def assert_same_bits(one: Any, two: Any) -> None:
    """Compare two pytrees: structure, dtypes, shapes and bytes."""
    assert jax.tree.structure(one) == jax.tree.structure(two)
    for (path, a), b in zip(jax.tree.leaves_with_path(one), jax.tree.leaves(two), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), path
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes(), path


def adam_steps(state: Any) -> int:
    """How often Adam has been called."""
    (count,) = {int(leaf) for leaf in jax.tree.leaves(state.opt_state) if leaf.shape == () and leaf.dtype == np.int32}
    return count
