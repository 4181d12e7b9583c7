"""Epochs of optimizer steps over the transitions of one rollout."""

from typing import Any, NamedTuple, cast

import jax
import optax

from jaxrl.config.schema import Training
from jaxrl.nets.actor_critic import ActorCritic
from jaxrl.ppo.loss import LossMetrics, Minibatch, ppo_loss
from jaxrl.ppo.optimizer import entropy_schedule, learning_rate_schedule
from jaxrl.ppo.train_state import TrainState


class Optimized(NamedTuple):
    """Changes made by the optimizer steps of one update, and their figures."""

    params: Any
    opt_state: optax.OptState
    gradient_steps: jax.Array  # [] int32
    losses: LossMetrics  # [n_epochs, n_minibatches] each
    gradient_norms: jax.Array  # [n_epochs, n_minibatches] float32, before clipping


def optimize(
    network: ActorCritic,
    optimizer: optax.GradientTransformation,
    training: Training,
    total_steps: int,
    state: TrainState,
    data: Minibatch,
    key: jax.Array,
) -> Optimized:
    """Take `n_epochs` x `n_minibatches` optimizer steps over `data` `[B, ...]`, in a new random order every epoch.

    The schedules end at `total_steps`, the optimizer steps of the whole run.
    """
    num_transitions = data.actions.shape[0]
    learning_rate = learning_rate_schedule(training, total_steps)
    entropy_coef = entropy_schedule(training, total_steps)

    def loss_of(params: Any, batch: Minibatch, step: jax.Array) -> tuple[jax.Array, LossMetrics]:
        logits, values = cast(tuple[jax.Array, jax.Array], network.apply(params, batch.obs))
        return ppo_loss(logits, values, batch, training.clip_range, training.vf_coef, entropy_coef(step))

    def minibatch_step(carry: tuple, rows: jax.Array) -> tuple[tuple, tuple[LossMetrics, jax.Array]]:
        params, opt_state, step = carry
        batch = jax.tree.map(lambda x: x[rows], data)
        gradients, metrics = jax.grad(loss_of, has_aux=True)(params, batch, step)
        directions, opt_state = optimizer.update(gradients, opt_state, params)
        params = optax.apply_updates(params, optax.tree.scale(-learning_rate(step), directions))
        return (params, opt_state, step + 1), (metrics, optax.tree.norm(gradients))

    def epoch(carry: tuple, epoch_key: jax.Array) -> tuple[tuple, tuple[LossMetrics, jax.Array]]:
        order = jax.random.permutation(epoch_key, num_transitions)
        return jax.lax.scan(minibatch_step, carry, order.reshape(training.n_minibatches, -1))

    carry = (state.params, state.opt_state, state.gradient_steps)
    carry, (losses, norms) = jax.lax.scan(epoch, carry, jax.random.split(key, training.n_epochs))
    params, opt_state, gradient_steps = carry
    return Optimized(params, opt_state, gradient_steps, losses, norms)
