"""Epochs of optimizer steps over the transitions of one rollout."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import jax
import optax

from jaxrl.config.batch import Batch
from jaxrl.config.schema import Training
from jaxrl.nets.actor_critic import ActorCritic
from jaxrl.ppo.loss import LossMetrics, Minibatch, ppo_loss
from jaxrl.ppo.optimizer import entropy_schedule, learning_rate_schedule, steps_at
from jaxrl.ppo.spread import ONE_DEVICE, Spread
from jaxrl.ppo.train_state import TrainState


class Optimized(NamedTuple):
    """Changes made by the optimizer steps of one update, and their figures."""

    params: Any
    opt_state: optax.OptState
    losses: LossMetrics  # [n_epochs, n_minibatches] each
    gradient_norms: jax.Array  # [n_epochs, n_minibatches] float32, before clipping


class Progress(NamedTuple):
    """What one optimizer step makes of another."""

    params: Any
    opt_state: optax.OptState


class When(NamedTuple):
    """Where the schedules are at an optimizer step."""

    env_steps: jax.Array  # [] float32, see `steps_at`
    stage: jax.Array  # [] int32


# how far, the rows `[B]` of the transitions to learn from, when -> how far then, figures, the norm of the gradient
MinibatchStep = Callable[[Progress, Minibatch, jax.Array, When], tuple[Progress, tuple[LossMetrics, jax.Array]]]


def minibatch_step(
    network: ActorCritic,
    optimizer: optax.GradientTransformation,
    trainings: Sequence[Training],
    batch: Batch,
    spread: Spread = ONE_DEVICE,
) -> MinibatchStep:
    """One of the optimizer steps over a `batch`; `trainings` are the section of the config as every stage has it."""
    training = trainings[0]
    learning_rate = learning_rate_schedule(trainings, batch)
    entropy_coef = entropy_schedule(trainings, batch)

    def loss_of(params: Any, minibatch: Minibatch, ent_coef: jax.Array) -> tuple[jax.Array, LossMetrics]:
        logits, values = cast(tuple[jax.Array, jax.Array], network.apply(params, minibatch.obs))
        return ppo_loss(logits, values, minibatch, training.clip_range, training.vf_coef, ent_coef)

    def take(
        progress: Progress, data: Minibatch, rows: jax.Array, when: When
    ) -> tuple[Progress, tuple[LossMetrics, jax.Array]]:
        params, opt_state = progress
        minibatch = spread.rows(jax.tree.map(lambda x: x[rows], data))
        gradients, metrics = jax.grad(loss_of, has_aux=True)(params, minibatch, entropy_coef(*when))
        directions, opt_state = optimizer.update(gradients, opt_state, params)
        params = optax.apply_updates(params, optax.tree.scale(-learning_rate(*when), directions))
        return Progress(params, opt_state), (metrics, optax.tree.norm(gradients))

    return take


def orders_of(key: jax.Array, batch: Batch) -> jax.Array:
    """The rows of each minibatch of every epoch, `[n_epochs, n_minibatches, B]` int32."""

    def order(epoch_key: jax.Array) -> jax.Array:
        return jax.random.permutation(epoch_key, batch.transitions).reshape(batch.n_minibatches, -1)

    return jax.vmap(order)(jax.random.split(key, batch.n_epochs))


def optimize(
    network: ActorCritic,
    optimizer: optax.GradientTransformation,
    trainings: Sequence[Training],
    batch: Batch,
    state: TrainState,
    data: Minibatch,
    key: jax.Array,
    spread: Spread = ONE_DEVICE,
) -> Optimized:
    """Take the optimizer steps over `data` `[B, ...]` of a `batch`, in a new random order every epoch."""
    take = minibatch_step(network, optimizer, trainings, batch, spread)

    def step(before: Progress, now: tuple[jax.Array, jax.Array]) -> tuple[Progress, tuple[LossMetrics, jax.Array]]:
        rows, env_steps = now
        return take(before, data, rows, When(env_steps, state.stage))

    # every order at once: it needs nothing of what is learnt, so a CPU sorts while it computes targets
    every = orders_of(key, batch), steps_at(state.env_steps, batch)
    progress = Progress(state.params, state.opt_state)
    progress, (losses, norms) = jax.lax.scan(lambda before, epoch: jax.lax.scan(step, before, epoch), progress, every)
    return Optimized(*progress, losses, norms)
