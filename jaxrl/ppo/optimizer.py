"""Adam with a clipped global norm, and the schedules, all counted in optimizer steps."""

import optax

from jaxrl.config.schema import Config


def learning_rate_schedule(config: Config) -> optax.Schedule:
    """Linear from learning_rate at the first optimizer step to final_lr at the last one of the run."""
    return _linear(config.training.learning_rate, config.training.final_lr, config.gradient_steps)


def entropy_schedule(config: Config) -> optax.Schedule:
    """Linear from ent_coef at the first optimizer step to final_ent_coef at the last one of the run."""
    return _linear(config.training.ent_coef, config.training.final_ent_coef, config.gradient_steps)


def _linear(first: float, last: float, steps: int) -> optax.Schedule:
    # the last of n steps has the count n - 1; a run of one step has no room for a slope
    return optax.linear_schedule(first, last, transition_steps=max(steps - 1, 1))


def make_optimizer(config: Config) -> optax.GradientTransformation:
    """Clips by global norm, then Adam's direction (eps 1e-5 as in the original PPO code), still without the rate.

    The rate is the caller's: it follows the schedule at TrainState.gradient_steps, the only count of steps there is.
    """
    return optax.chain(optax.clip_by_global_norm(config.training.max_grad_norm), optax.scale_by_adam(eps=1e-5))
