"""An update as a program for each optimizer step, between which an accelerator has time for others.

It runs one program after another, in the order in which they were asked for. So an action that is needed while an
update runs waits for one optimizer step at most.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.minibatches import Optimized, Progress, minibatch_step, order_of
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO, Prepared
from jaxrl.sim.rollout import Rollout


def update_in_parts(ppo: PPO) -> Callable[..., tuple[TrainState, Metrics]]:
    """The same as `PPO.update`, compiled, but for the last bits: it leaves `state` as it is."""
    training = ppo.config.training
    step = minibatch_step(ppo.network, ppo.optimizer, ppo.config.trainings, ppo.config.gradient_steps, ppo.spread)

    def prepare(state: TrainState, rollout: Rollout, weights: Weights) -> tuple[Prepared, jax.Array, Progress]:
        prepared = ppo.prepare(state, rollout, weights)
        keys = jax.random.split(prepared.shuffle_key, training.n_epochs)
        orders = jax.vmap(lambda key: order_of(key, training, len(prepared.targets.data.actions)))(keys)
        progress = jax.tree.map(jnp.copy, Progress(state.params, state.opt_state, state.gradient_steps))
        progress = ppo.spread.whole(progress)
        return prepared, orders.reshape(-1, orders.shape[-1]), progress

    def take(
        progress: Progress, prepared: Prepared, orders: jax.Array, number: jax.Array, stage: jax.Array
    ) -> tuple[Progress, Any]:
        return step(progress, prepared.targets.data, orders[number], stage)

    def finish(
        state: TrainState, rollout: Rollout, prepared: Prepared, progress: Progress, figures: list[Any]
    ) -> tuple[TrainState, Metrics]:
        shape = training.n_epochs, training.n_minibatches
        losses, norms = jax.tree.map(lambda *each: jnp.stack(each).reshape(shape), *figures)
        return ppo.finish(state, rollout, prepared, Optimized(*progress, losses, norms))

    begin, go_on, end = jax.jit(prepare), jax.jit(take, donate_argnums=0), jax.jit(finish)

    def update(state: TrainState, rollout: Rollout, weights: Weights) -> tuple[TrainState, Metrics]:
        prepared, orders, progress = begin(state, rollout, weights)
        figures = []
        for number in range(len(orders)):
            progress, found = go_on(progress, prepared, orders, np.int32(number), state.stage)
            figures.append(jax.block_until_ready(found))
        return end(state, rollout, prepared, progress, figures)

    return update
