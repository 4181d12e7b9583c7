"""Where in an update NaN or infinity appeared."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class NotFinite(NamedTuple):
    """Flags `[]` bool, causes before effects: the first one set names the culprit."""

    observation: jax.Array
    reward_terms: dict[str, jax.Array]
    reward_carry: dict[str, jax.Array]  # of the terms that have one
    loss: jax.Array
    parameters: jax.Array
    statistics: jax.Array  # running statistics of observations, returns and episodes

    def any(self) -> jax.Array:
        """Whether any flag is set."""
        return jnp.stack(jax.tree.leaves(self)).any()

    def culprit(self) -> str | None:
        """The first flag set, in words; None if all is well. For flags that are on the host."""
        terms = {f"reward term {name}": flag for name, flag in self.reward_terms.items()}
        terms |= {f"the memory of reward term {name}": flag for name, flag in self.reward_carry.items()}
        learnt = {"the loss": self.loss, "the parameters": self.parameters, "the running statistics": self.statistics}
        flags = {"the observation": self.observation, **terms, **learnt}
        return next((name for name, flag in flags.items() if flag), None)


def not_finite(tree: Any) -> jax.Array:
    """Whether any number in `tree` is NaN or infinite, `[]` bool."""
    leaves = [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    return ~jnp.stack(leaves).all()
