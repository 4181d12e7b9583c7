"""One decision of a group of arenas in which the present self plays everywhere, and past selves on a side of some."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from jaxrl.bots.description import Description
from jaxrl.bots.policy import Policy
from jaxrl.nets.sampling import sample
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Choice


def act_mixed(
    ppo: PPO,
    description: Description,
    params: Any,
    obs_stats: RunningStats,
    past: Mapping[str, jax.Array],
    states: ArrayLike,
    uniforms: ArrayLike,
    seats: ArrayLike,
    sides: ArrayLike,
    with_log_probs: bool = False,
) -> jax.Array | Choice:
    """Actions `[n, C]` int32 in raw states `[n, F]`, sampled with `uniforms` `[n, C]`; in the first m arenas of two.

    Where asked for also how likely each is, `[n, C]` float32: of past selves' actions something that nobody may use.

    `past` are weights of bots as `description` says, stacked `[S, ...]`; `seats` `[m]` which of them plays in an arena,
    negative for none; `sides` `[m]` where the present self plays there, 0 = blue. The logits of all S are computed for
    the cars of the other side, and those of the seat are taken: one product for all, whoever plays where.
    """
    states, uniforms, seats, sides = (jnp.asarray(each) for each in (states, uniforms, seats, sides))
    found = ppo.act_with_log_probs(params, obs_stats, states, uniforms)
    own = found.actions
    num_arenas, num_cars = len(seats), own.shape[-1]
    rows, arenas = states[:num_arenas], jnp.arange(num_arenas)

    def theirs(of_cars: jax.Array) -> jax.Array:
        """What belongs to the cars of the other side: `[n, C, ...]` -> `[m, C / 2, ...]`."""
        halves = of_cars[:num_arenas].reshape(num_arenas, 2, num_cars // 2, *of_cars.shape[2:])
        return halves[arenas, 1 - sides]

    obs = theirs(ppo.game.observe(states))

    def logits_of(weights: dict[str, jax.Array]) -> jax.Array:
        policy = Policy(description, weights, ppo.game.actions)
        return policy.logits(policy.normalize(obs))

    logits = jax.vmap(logits_of)(dict(past))[seats, arenas]  # [m, C / 2, A]
    allowed = ppo.allowed(states)
    chosen = sample(logits, theirs(uniforms), None if allowed is None else theirs(allowed))
    world = ppo.game.to_world(rows, jnp.concatenate([chosen, chosen], axis=1))  # right for the cars of either side
    orange = np.arange(num_cars) >= num_cars // 2
    plays = (seats >= 0)[:, None] & (orange != (sides == 1)[:, None])
    actions = own.at[:num_arenas].set(jnp.where(plays, world, own[:num_arenas]))
    return found._replace(actions=actions) if with_log_probs else actions
