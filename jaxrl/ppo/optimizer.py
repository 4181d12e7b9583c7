"""Adam with a clipped global norm, and the schedules, all counted in optimizer steps."""

from collections.abc import Callable, Sequence
from typing import cast

import jax
import jax.numpy as jnp
import optax

from jaxrl.config.schema import Training
from jaxrl.ppo.curriculum import of_stage

Schedule = Callable[[jax.Array, jax.Array], jax.Array]  # optimizer steps so far, stage -> rate or coefficient


def learning_rate_schedule(trainings: Sequence[Training], total_steps: int) -> Schedule:
    """learning_rate, and in the cool-down linear to final_lr at the last of `total_steps` optimizer steps."""
    first = [training.learning_rate for training in trainings]
    return _cooled(first, trainings[0].final_lr, trainings[0].cooldown, total_steps)


def entropy_schedule(trainings: Sequence[Training], total_steps: int) -> Schedule:
    """ent_coef, and in the cool-down linear to final_ent_coef at the last of `total_steps` optimizer steps."""
    first = [training.ent_coef for training in trainings]
    return _cooled(first, trainings[0].final_ent_coef, trainings[0].cooldown, total_steps)


def _cooled(first: Sequence[float], last: float, cooldown: float, steps: int) -> Schedule:
    """A stage that has another first value is on the line from that value, as if it had been there from the start."""
    end = steps - 1  # the last of n steps has the count n - 1
    begin = end - round(cooldown * end)

    def at(step: jax.Array, stage: jax.Array) -> jax.Array:
        # a run of one step has no room for a slope
        line = optax.linear_schedule(of_stage(first, stage), last, max(end - begin, 1), transition_begin=begin)
        return cast(jax.Array, line(jnp.asarray(step, jnp.float32)))

    return at


def make_optimizer(max_grad_norm: float) -> optax.GradientTransformation:
    """Clips by global norm, then Adam's direction (eps 1e-5 as in the original PPO code), still without the rate.

    The caller multiplies by the rate, which follows the schedule at TrainState.gradient_steps: the only count of steps.
    """
    optimizer = optax.chain(optax.clip_by_global_norm(max_grad_norm), optax.scale_by_adam(eps=1e-5))
    # Adam's bias correction mixes a float with its int32 count, which a program with strict promotion would refuse
    return optimizer._replace(update=jax.numpy_dtype_promotion("standard")(optimizer.update))
