"""The bot: the mean of the weights of the last updates, which plays better than the last weights alone."""

from typing import Any

import jax
import jax.numpy as jnp


def averaged(mean: Any, params: Any, updates: jax.Array, share: float) -> Any:
    """`mean` once `params` of one more update count; `updates` `[]` came before it, counted in batches of its size.

    The newest weights count 1 / (1 + share x updates), and all older ones so much less: what the mean reaches back
    over grows with the run, and its mean age is about `share` of it. This is the polynomial-decay averaging of Shamir
    and Zhang, 2013 ("Stochastic gradient descent for non-smooth optimization"), with their eta = 1 / share - 1.
    """
    newest = 1 / (1 + share * jnp.asarray(updates, jnp.float32))
    return jax.tree.map(lambda old, new: (1 - newest) * old + newest * new, mean, params)
