"""Numbers that are none (NaN, infinity): where an update met them."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class NotFinite(NamedTuple):
    """Flags `[]` bool, causes before their effects: the first that is set names the culprit."""

    observation: jax.Array
    reward_terms: dict[str, jax.Array]
    loss: jax.Array
    parameters: jax.Array
    statistics: jax.Array  # running ones, of observations, returns and episodes

    def any(self) -> jax.Array:
        """Whether any flag is set."""
        return jnp.stack(jax.tree.leaves(self)).any()

    def culprit(self) -> str | None:
        """In words, once the flags are on the host; None if all is well."""
        terms = {f"reward term {name}": flag for name, flag in self.reward_terms.items()}
        learnt = {"the loss": self.loss, "the parameters": self.parameters, "the running statistics": self.statistics}
        flags = {"the observation": self.observation, **terms, **learnt}
        return next((name for name, flag in flags.items() if flag), None)


def not_finite(tree: Any) -> jax.Array:
    """Whether any number in `tree` is NaN or infinite, `[]` bool."""
    leaves = [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    return ~jnp.stack(leaves).all()
