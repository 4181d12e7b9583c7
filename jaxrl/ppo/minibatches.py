"""Epochs of optimizer steps over the transitions of one rollout."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import jax
import optax

from jaxrl.config.schema import Training
from jaxrl.nets.actor_critic import ActorCritic
from jaxrl.ppo.loss import LossMetrics, Minibatch, ppo_loss
from jaxrl.ppo.optimizer import entropy_schedule, learning_rate_schedule
from jaxrl.ppo.spread import ONE_DEVICE, Spread
from jaxrl.ppo.train_state import TrainState


class Optimized(NamedTuple):
    """Changes made by the optimizer steps of one update, and their figures."""

    params: Any
    opt_state: optax.OptState
    gradient_steps: jax.Array  # [] int32
    losses: LossMetrics  # [n_epochs, n_minibatches] each
    gradient_norms: jax.Array  # [n_epochs, n_minibatches] float32, before clipping


class Progress(NamedTuple):
    """What one optimizer step makes of another."""

    params: Any
    opt_state: optax.OptState
    gradient_steps: jax.Array  # [] int32


# how far, the rows `[B]` of the transitions to learn from, stage -> how far then, figures, the norm of the gradient
MinibatchStep = Callable[[Progress, Minibatch, jax.Array, jax.Array], tuple[Progress, tuple[LossMetrics, jax.Array]]]


def minibatch_step(
    network: ActorCritic,
    optimizer: optax.GradientTransformation,
    trainings: Sequence[Training],
    total_steps: int,
    spread: Spread = ONE_DEVICE,
) -> MinibatchStep:
    """One optimizer step; the schedules end at `total_steps`, the optimizer steps of the whole run.

    `trainings` are the section of the config as every stage has it.
    """
    training = trainings[0]
    learning_rate = learning_rate_schedule(trainings, total_steps)
    entropy_coef = entropy_schedule(trainings, total_steps)

    def loss_of(params: Any, batch: Minibatch, ent_coef: jax.Array) -> tuple[jax.Array, LossMetrics]:
        logits, values = cast(tuple[jax.Array, jax.Array], network.apply(params, batch.obs))
        return ppo_loss(logits, values, batch, training.clip_range, training.vf_coef, ent_coef)

    def take(
        progress: Progress, data: Minibatch, rows: jax.Array, stage: jax.Array
    ) -> tuple[Progress, tuple[LossMetrics, jax.Array]]:
        params, opt_state, step = progress
        batch = spread.rows(jax.tree.map(lambda x: x[rows], data))
        gradients, metrics = jax.grad(loss_of, has_aux=True)(params, batch, entropy_coef(step, stage))
        directions, opt_state = optimizer.update(gradients, opt_state, params)
        params = optax.apply_updates(params, optax.tree.scale(-learning_rate(step, stage), directions))
        return Progress(params, opt_state, step + 1), (metrics, optax.tree.norm(gradients))

    return take


def order_of(epoch_key: jax.Array, training: Training, num_transitions: int) -> jax.Array:
    """The rows of each minibatch of an epoch, `[n_minibatches, B]` int32."""
    return jax.random.permutation(epoch_key, num_transitions).reshape(training.n_minibatches, -1)


def optimize(
    network: ActorCritic,
    optimizer: optax.GradientTransformation,
    trainings: Sequence[Training],
    total_steps: int,
    state: TrainState,
    data: Minibatch,
    key: jax.Array,
    spread: Spread = ONE_DEVICE,
) -> Optimized:
    """Take `n_epochs` x `n_minibatches` optimizer steps over `data` `[B, ...]`, in a new random order every epoch."""
    training, take = trainings[0], minibatch_step(network, optimizer, trainings, total_steps, spread)

    def epoch(progress: Progress, order: jax.Array) -> tuple[Progress, tuple[LossMetrics, jax.Array]]:
        return jax.lax.scan(lambda before, rows: take(before, data, rows, state.stage), progress, order)

    # every order at once: it needs nothing of what is learnt, so a CPU sorts while it computes targets
    keys = jax.random.split(key, training.n_epochs)
    orders = jax.vmap(lambda key: order_of(key, training, len(data.actions)))(keys)
    progress = Progress(state.params, state.opt_state, state.gradient_steps)
    progress, (losses, norms) = jax.lax.scan(epoch, progress, orders)
    return Optimized(*progress, losses, norms)
