"""The limits of the machine: physics with nothing around it, and matrix products with nothing between them."""

import multiprocessing
import time
from collections.abc import Callable
from itertools import pairwise
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.config.schema import Config
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.spec import Buffers, SimSpec

WARM_UP_DECISIONS = 40  # the first steps of a new arena are slow, since it allocates lazily
PRODUCTS = 8  # in a row, so that the call itself does not count


def bare_physics(spec: SimSpec, first: int, last: int, pipe: Connection) -> None:
    """Only control and step arenas, in a process of its own: receive numbers of decisions, answer with seconds."""
    buffers = Buffers.allocate(spec)
    batch = ArenaBatch(spec, buffers, first, last)
    batch.reset()
    rng = np.random.default_rng(first)
    for _ in range(WARM_UP_DECISIONS):
        batch.buffers.actions[:] = rng.integers(0, NUM_ACTIONS, batch.buffers.actions.shape)
        batch.step()
    controls = batch.controls
    steppers = [arena.step for arena in batch.arenas]
    setters = [[car.set_controls for car in cars] for cars in batch.cars]
    pipe.send(None)
    while (decisions := pipe.recv()) is not None:
        actions = rng.integers(0, NUM_ACTIONS, (decisions, last - first, spec.num_cars)).tolist()
        pipe.send(None)  # ready: all processes start together
        pipe.recv()
        start = time.perf_counter()
        for choices in actions:
            for step, arena_setters, chosen in zip(steppers, setters, choices, strict=True):
                for set_controls, choice in zip(arena_setters, chosen, strict=True):
                    set_controls(controls[choice])
                step(spec.tick_skip)
        pipe.send(time.perf_counter() - start)


class PhysicsLimit:
    """One process per core that does nothing but physics, kept for several measurements."""

    def __init__(self, spec: SimSpec, processes: int) -> None:
        self._num_envs = spec.num_envs
        bounds = np.linspace(0, spec.num_envs, processes + 1).round().astype(int).tolist()
        context = multiprocessing.get_context("spawn")
        self._pipes = []
        for first, last in pairwise(bounds):
            ours, theirs = context.Pipe()
            context.Process(target=bare_physics, args=(spec, first, last, theirs), daemon=True).start()
            theirs.close()  # so that `recv` ends instead of waiting if the process dies
            self._pipes.append(ours)
        self._receive()

    def measure(self, decisions: int) -> float:
        """Environment steps per second, as the slowest process allows."""
        self._send(decisions)
        self._receive()
        self._send(True)
        return self._num_envs * decisions / max(self._receive())

    def _send(self, message: object) -> None:
        for pipe in self._pipes:
            pipe.send(message)

    def _receive(self) -> list:
        return [pipe.recv() for pipe in self._pipes]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._send(None)


class PhysicsLimit3:
    """Physics of RocketSim 3 with nothing around it, on one thread per core; kept for several measurements."""

    def __init__(self, spec: SimSpec, threads: int) -> None:
        from jaxrl.sim.rocketsim3.env import RocketSim3Env  # an extra, missing on many machines

        self._threads, self._rng = threads, np.random.default_rng(0)
        self._env = RocketSim3Env(spec, threads)
        self._env.reset()
        for actions in self._actions(WARM_UP_DECISIONS):
            self._env.step(actions)

    def measure(self, decisions: int) -> float:
        """Environment steps per second, as the slowest thread allows."""
        seconds = self._env.time_physics(self._actions(decisions), self._threads)
        return self._env.num_envs * decisions / seconds

    def _actions(self, decisions: int) -> np.ndarray:
        shape = (decisions, self._env.num_envs, self._env.spec.num_cars)
        return self._rng.integers(0, NUM_ACTIONS, shape, np.int32)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._env.close()


def forward_flops(config: Config, with_critic: bool) -> float:
    """Floating-point operations of the matrix products in the forward pass of one observation."""
    return sum(2 * fan_in * fan_out for fan_in, fan_out, _ in network_layers(config, with_critic))


def update_flops(config: Config) -> float:
    """Floating-point operations of one update: one forward pass, then forward and backward in every epoch.

    Backward, a layer costs two products (gradients of weights and inputs), the first layer only one: no gradient of the
    observation is needed.
    """
    forwards = forward_flops(config, with_critic=True)
    backwards = sum(2 * i * o * (1 if is_first else 2) for i, o, is_first in network_layers(config, with_critic=True))
    return config.batch.transitions * (forwards + config.training.n_epochs * (forwards + backwards))


def network_layers(config: Config, with_critic: bool) -> list[tuple[int, int, bool]]:
    """Every layer as (inputs, outputs, whether its inputs are observations)."""
    network = config.network
    heads = [(network.actor, NUM_ACTIONS)] + ([(network.critic, 1)] if with_critic else [])
    trunk = [config.obs_size, *network.shared]
    layers = [(i, o, n == 0) for n, (i, o) in enumerate(pairwise(trunk))]
    for hidden, outputs in heads:
        sizes = [trunk[-1], *hidden, outputs]
        layers += [(i, o, n == 0 and not network.shared) for n, (i, o) in enumerate(pairwise(sizes))]
    return layers


def matrix_products(config: Config) -> dict[str, tuple[Callable[[], object], float]]:
    """Chains of products at the shapes of the hidden layers: {name: (function to run, its operations)}."""
    width = config.network.actor[0]
    products = {}
    rng = np.random.default_rng(0)
    for rows in (512, 2048, 8192):
        x = jnp.asarray(rng.normal(size=(rows, width)), jnp.float32)
        w = jnp.asarray(rng.normal(size=(width, width)) / width, jnp.float32)

        def forwards(x: jax.Array, w: jax.Array) -> jax.Array:
            return jax.lax.fori_loop(0, PRODUCTS, lambda _, y: y @ w, x)

        def weights(x: jax.Array, w: jax.Array) -> jax.Array:
            return jax.lax.fori_loop(0, PRODUCTS, lambda _, v: (x @ v).T @ x, w)

        for name, chain, products_a_turn in (("x @ w", forwards, 1), ("x.T @ y", weights, 2)):
            compiled = jax.jit(chain)
            operations = 2 * rows * width * width * PRODUCTS * products_a_turn
            products[f"{name} {rows}"] = (
                lambda compiled=compiled, x=x, w=w: jax.block_until_ready(compiled(x, w)),
                operations,
            )
    return products
