"""Adam with a clipped global norm, and the schedules, counted in environment steps."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import optax

from jaxrl.config.batch import Batch
from jaxrl.config.schema import Training
from jaxrl.ppo.curriculum import of_stage
from jaxrl.ppo.train_state import as_float

Schedule = Callable[[jax.Array, jax.Array], jax.Array]  # environment steps so far, stage -> rate or coefficient


def steps_at(env_steps: jax.Array, batch: Batch) -> jax.Array:
    """How far the run is at every optimizer step of the update that begins at `env_steps` (two uint32 words).

    Returns environment steps `[n_epochs, n_minibatches]` float32: those of the batch count evenly, so that rates fall
    within an update, too.
    """
    number = jnp.arange(batch.optimizer_steps, dtype=jnp.float32).reshape(batch.n_epochs, batch.n_minibatches)
    return as_float(env_steps) + number * (batch.env_steps / batch.optimizer_steps)


def learning_rate_schedule(trainings: Sequence[Training], batch: Batch) -> Schedule:
    """learning_rate, and in the cool-down linear to final_lr at the last optimizer step of a run of such batches."""
    return _cooled([training.learning_rate for training in trainings], trainings[0].final_lr, trainings[0], batch)


def entropy_schedule(trainings: Sequence[Training], batch: Batch) -> Schedule:
    """ent_coef, and in the cool-down linear to final_ent_coef at the last optimizer step of a run of such batches."""
    return _cooled([training.ent_coef for training in trainings], trainings[0].final_ent_coef, trainings[0], batch)


def _cooled(first: Sequence[float], last: float, training: Training, batch: Batch) -> Schedule:
    """A stage that has another first value is on the line from that value, as if it had been there from the start."""
    total = batch.updates(training.total_timesteps) * batch.env_steps
    end = total - batch.env_steps / batch.optimizer_steps  # at which the last optimizer step is
    cooling = training.cooldown * end

    def at(env_steps: jax.Array, stage: jax.Array) -> jax.Array:
        rate = jnp.asarray(of_stage(first, stage), jnp.float32)
        if cooling == 0:  # no cool-down, or a run of one optimizer step: there is no room for a slope
            return rate
        return rate + (last - rate) * jnp.clip((env_steps - (end - cooling)) / cooling, 0, 1)

    return at


def make_optimizer(max_grad_norm: float) -> optax.GradientTransformation:
    """Clips by global norm, then Adam's direction (eps 1e-5 as in the original PPO code), still without the rate.

    The caller multiplies by the rate, which follows the schedule at TrainState.env_steps: the only count there is.
    """
    optimizer = optax.chain(optax.clip_by_global_norm(max_grad_norm), optax.scale_by_adam(eps=1e-5))
    # Adam's bias correction mixes a float with its int32 count, which a program with strict promotion would refuse
    return optimizer._replace(update=jax.numpy_dtype_promotion("standard")(optimizer.update))
