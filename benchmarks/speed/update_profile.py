"""The parts of an update, each compiled by itself at the sizes that it has there: the time it takes, and its rate.

    python -m benchmarks.update_profile
    python -m benchmarks.update_profile --precision bfloat16

128 arenas of 1v1 as in `benchmarks.throughput`. Gradients are in the form of `jaxrl.nets.products`, and in the plain
one, which no update uses. The parts and the whole update take turns; figures are medians of the rounds, and shares are
medians of each round's share. By itself a part is not what it is inside: products of actor and critic may run side by
side there, and what stands between them (biases, activations, their gradients, the metrics) is in none of the parts but
in the remainder. A negative remainder means that the parts cost less together than one by one.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from tqdm import tqdm

from benchmarks.speed.limits import network_layers
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.throughput import MINIBATCH, Trainer, make_config
from jaxrl.config.schema import Config
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.nets.products import gradient_of_kernel, multiply, turned
from jaxrl.ppo.loss import Minibatch, ppo_loss
from jaxrl.ppo.optimizer import make_optimizer
from jaxrl.training.device import configure_device

ROUNDS = 9
COPIES = 8  # of a part in one call, each on other arrays: one array would stay in the caches, and a call costs time

Part = tuple[Callable[[], object], float]  # seconds are those of COPIES runs; floating-point operations of one, or 0

# How an update uses a layer: its outputs, the gradient of its weights, the gradient of its inputs
USES: dict[str, Callable[[jax.Array, jax.Array, jax.Array], jax.Array]] = {
    "outputs": lambda x, w, _: multiply(x, w),
    "gradient of weights": lambda x, _, g: gradient_of_kernel(x, g),
    "gradient of inputs": lambda _, w, g: multiply(g, turned(w)),
}
PLAIN: dict[str, Callable[[jax.Array, jax.Array, jax.Array], jax.Array]] = {  # uses that no update has
    "plain gradient of weights": lambda x, _, g: multiply(x.T, g),
    "plain gradient of inputs": lambda _, w, g: multiply(g, w.T),
}


def product_parts(config: Config) -> dict[tuple[str, str], Part]:
    """Every different product of a minibatch, of numbers that are rounded already: {(layer, use): part}."""
    parts = {}
    for inputs, outputs, _ in dict.fromkeys(network_layers(config, with_critic=True)):
        dtype = jnp.bfloat16 if config.accelerator.precision == "bfloat16" and outputs > 1 else jnp.float32
        sizes = ((MINIBATCH, inputs), (inputs, outputs), (MINIBATCH, outputs))
        xs, ws, gs = ([each.astype(dtype) for each in normal(*size)] for size in sizes)
        operations = 2.0 * MINIBATCH * inputs * outputs
        for use, product in (USES | PLAIN).items():
            parts[f"{inputs} x {outputs}", use] = compiled(product, xs, ws, gs), operations
    return parts


def other_parts(config: Config, params: Any, opt_state: Any) -> dict[str, Part]:
    """What a minibatch needs beside products: {name: part}."""
    training = config.training
    order = np.random.default_rng(0).permutation(config.batch.transitions)
    rows = [jnp.asarray(order[i * MINIBATCH : (i + 1) * MINIBATCH]) for i in range(COPIES)]
    whole = [jnp.zeros((config.batch.transitions, config.obs_size))] * COPIES

    actions = [jnp.asarray(each % NUM_ACTIONS, jnp.int32) for each in rows]
    logits, numbers = normal(MINIBATCH, NUM_ACTIONS), normal(MINIBATCH)

    def loss(logits: jax.Array, actions: jax.Array, numbers: jax.Array) -> Any:
        batch = Minibatch(logits, actions, numbers - 4.5, numbers, numbers)
        coefficients = training.clip_range, training.vf_coef, training.ent_coef
        gradient = jax.grad(lambda x, v: ppo_loss(x, v, batch, *coefficients), argnums=(0, 1), has_aux=True)
        return gradient(logits, numbers)

    optimizer = make_optimizer(training.max_grad_norm)

    def adam(params: Any, opt_state: Any) -> Any:
        directions, opt_state = optimizer.update(params, opt_state, params)
        return optax.apply_updates(params, directions), opt_state

    return {
        "loss and its gradient by logits and values": (compiled(loss, logits, actions, numbers), 0),
        "gather of observations": (compiled(lambda x, r: x[r], whole, rows), 0),
        "clipping and Adam": (compiled(adam, [params] * COPIES, [opt_state] * COPIES), 0),
    }


def normal(*shape: int) -> list[jax.Array]:
    """COPIES arrays of this shape with normally distributed numbers, float32."""
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.normal(size=shape), jnp.float32) for _ in range(COPIES)]


def compiled(part: Callable[..., Any], *arguments: list[Any]) -> Callable[[], object]:
    """A call that runs `part` on each of the COPIES of its arguments, in one program."""

    def run_all(*arguments: list[Any]) -> list[Any]:
        # barriers: products of the same arrays must not become one
        return [part(*jax.lax.optimization_barrier(each)) for each in zip(*arguments, strict=True)]

    program = jax.jit(run_all).lower(*arguments).compile()
    return lambda: jax.block_until_ready(program(*arguments))


def count(config: Config, layer: str, use: str) -> int:
    """How often a product occurs in an update; the network also runs once before the first epoch."""
    alike = [first for i, o, first in network_layers(config, with_critic=True) if layer == f"{i} x {o}"]
    if use in PLAIN:
        return 0
    if use == "gradient of inputs":
        alike = [first for first in alike if not first]  # no gradient of the observation is needed
    epochs = config.training.n_epochs + (use == "outputs")
    return len(alike) * epochs * config.training.n_minibatches


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    arguments = parser.parse_args()
    config = make_config(128, 1)
    accelerator = config.accelerator.model_copy(update={"precision": arguments.precision})
    config = config.model_copy(update={"accelerator": accelerator})
    configure_device(config.accelerator)
    trainer = Trainer(config)
    trainer.collect()
    trainer.env.close()

    params, opt_state = jax.tree.map(jnp.copy, (trainer.state.params, trainer.state.opt_state))  # updates use theirs up
    others = other_parts(config, params, opt_state)
    gradient_steps = config.training.n_epochs * config.training.n_minibatches
    every: dict[Any, Part] = {**product_parts(config), **others}
    counts = {key: count(config, *key) if isinstance(key, tuple) else gradient_steps for key in every}
    every = {key: part for key, part in every.items() if counts[key] or key[1] in PLAIN}
    for run, _ in every.values():
        run()
    trainer.update()

    taken: dict[Any, list[float]] = {key: [] for key in every}
    updates = []
    for _ in tqdm(range(ROUNDS), unit="round"):
        updates.append(trainer.update())
        for key, (run, _) in every.items():
            start = time.perf_counter()
            run()
            taken[key].append((time.perf_counter() - start) / COPIES)

    print(f"{describe_machine()}; an update takes {np.median(updates) * 1e3:.0f} ms")
    print("| part | microseconds | GFLOP/s | times an update | share of the update |\n|---|---|---|---|---|")
    shares = {key: np.array(taken[key]) * counts[key] / np.array(updates) for key in every}
    for key, (_, operations) in every.items():
        seconds, name = np.median(taken[key]), ", ".join(key) if isinstance(key, tuple) else key
        rate = f"{operations / seconds / 1e9:.0f}" if operations else ""
        print(f"| {name} | {seconds * 1e6:.0f} | {rate} | {counts[key]} | {np.median(shares[key]):.3f} |")
    for use in USES:
        total = sum(share for key, share in shares.items() if key[1] == use)
        print(f"| all products, {use} | | | | {np.median(total):.3f} |")
    print(f"| remainder | | | | {1 - np.median(sum(shares.values())):.3f} |")


if __name__ == "__main__":
    main()
