"""An update as a program for each optimizer step, between which an accelerator has time for others.

It runs one program after another, in the order in which they were asked for. So an action that is needed while an
update runs waits for one optimizer step at most.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.config.batch import Batch
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.minibatches import Optimized, Progress, When, minibatch_step, orders_of
from jaxrl.ppo.optimizer import steps_at
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO, Prepared
from jaxrl.sim.rollout import Rollout

Every = tuple[jax.Array, jax.Array]  # of all optimizer steps: rows of the minibatch [K, B], environment steps [K]


def update_in_parts(ppo: PPO) -> Callable[..., tuple[TrainState, Metrics]]:
    """The same as `PPO.update`, compiled, but for the last bits: it leaves `state` as it is."""

    def prepare(state: TrainState, rollout: Rollout, weights: Weights) -> tuple[Prepared, Every, Progress]:
        prepared, batch = ppo.prepare(state, rollout, weights), ppo.batch(rollout)
        orders = orders_of(prepared.shuffle_key, batch)
        every = orders.reshape(-1, orders.shape[-1]), steps_at(state.env_steps, batch).reshape(-1)
        progress = jax.tree.map(jnp.copy, Progress(state.params, state.opt_state))
        return prepared, every, ppo.spread.whole(progress)

    def take(batch: Batch, progress: Progress, prepared: Prepared, every: Every, number: Any, stage: Any) -> Any:
        step = minibatch_step(ppo.network, ppo.optimizer, ppo.config.trainings, batch, ppo.spread)
        rows, env_steps = jax.tree.map(lambda each: each[number], every)
        return step(progress, prepared.targets.data, rows, When(env_steps, stage))

    def finish(
        state: TrainState, rollout: Rollout, prepared: Prepared, progress: Progress, figures: list[Any]
    ) -> tuple[TrainState, Metrics]:
        batch = ppo.batch(rollout)
        shape = batch.n_epochs, batch.n_minibatches
        losses, norms = jax.tree.map(lambda *each: jnp.stack(each).reshape(shape), *figures)
        return ppo.finish(state, rollout, prepared, Optimized(*progress, losses, norms))

    begin, go_on, end = jax.jit(prepare), jax.jit(take, static_argnums=0, donate_argnums=1), jax.jit(finish)

    def update(state: TrainState, rollout: Rollout, weights: Weights) -> tuple[TrainState, Metrics]:
        prepared, every, progress = begin(state, rollout, weights)
        batch, figures = ppo.batch(rollout), []
        for number in range(batch.optimizer_steps):
            progress, found = go_on(batch, progress, prepared, every, np.int32(number), state.stage)
            figures.append(jax.block_until_ready(found))
        return end(state, rollout, prepared, progress, figures)

    return update
