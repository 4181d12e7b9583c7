"""Bounds for a machine with many cores and a GPU, measured without either.

    python -m benchmarks.many_cores

1. The pool of workers runs with up to 16 processes on stand-in arenas, which take as long as physics but sleep instead
   of computing. This isolates the cost of commanding and awaiting workers, on however few cores.
2. The threads of RocketSim 3, up to 16 on the cores there are: what commanding more of them costs.
3. Both programs are lowered for CUDA, to count what crosses between host and device and show that nothing calls back.
"""

import argparse
import statistics
import time
from contextlib import ExitStack

import jax
import numpy as np
from jax import export

from benchmarks.speed.limits import forward_flops, update_flops
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.throughput import make_config
from jaxrl.config.payments import reward_weights
from jaxrl.config.schema import Config
from jaxrl.ppo.update import PPO
from jaxrl.sim.cores import available_cores
from jaxrl.sim.rocketsim2.worker_pool import WorkerPool
from jaxrl.sim.rocketsim2.worker_process import COMMAND_STEP
from jaxrl.sim.rocketsim3.module import why_not
from jaxrl.sim.rollout import Rollout
from jaxrl.sim.spec import Buffers, SimSpec
from jaxrl.training.build import make_game, sim_spec

ARENA_SECONDS = 34e-6  # of one core for a decision of 1v1, as measured with bare physics
WORKERS = (1, 2, 4, 8, 16)
ARENAS_A_WORKER = 64
DECISIONS = 150
GROUPS = 2
ROUNDS = 7


class StandInBatch:
    """A stand-in for `ArenaBatch` that lets the time of its arenas pass without using a core."""

    def __init__(self, spec: SimSpec, buffers: Buffers, first: int, last: int) -> None:
        self._seconds = (last - first) * ARENA_SECONDS
        self._rows = buffers.state[first:last]

    def begin(self) -> None:
        """Do nothing: a stand-in has no episodes to begin."""

    def step(self) -> None:
        """Write all rows as a real batch does, and sleep for the rest of the time."""
        start = time.perf_counter()
        self._rows += 1
        time.sleep(max(0.0, self._seconds - (time.perf_counter() - start)))


def rehearse(num_workers: int) -> tuple[float, float]:
    """Environment steps per second of the pool, and of its stand-in arenas with nothing around them."""
    num_envs = num_workers * ARENAS_A_WORKER
    spec = sim_spec(make_config(num_envs, 1))
    groups = [slice(num_envs * g // GROUPS, num_envs * (g + 1) // GROUPS) for g in range(GROUPS)]
    pool = WorkerPool(spec, num_workers, groups, batch_type=StandInBatch)
    actions = np.zeros((num_envs, 2), np.int32)
    states = np.empty_like(pool.buffers.state)
    try:
        for decision in range(-10, DECISIONS):
            if decision == 0:
                start = time.perf_counter()
            for group, members in enumerate(groups):
                if decision > -10:
                    pool.wait(group)
                    states[members] = pool.buffers.state[members]
                pool.buffers.actions[members] = actions[members]
                pool.send(COMMAND_STEP, group)
        seconds = time.perf_counter() - start
    finally:
        pool.close()
    return num_envs * DECISIONS / seconds, num_workers / ARENA_SECONDS


def sleeping_error() -> float:
    """Seconds by which a sleep as long as one half's share overruns on this machine."""
    wanted, taken = ARENAS_A_WORKER // GROUPS * ARENA_SECONDS, []
    for _ in range(200):
        start = time.perf_counter()
        time.sleep(wanted)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) - wanted


def show_threads() -> None:
    """Print what RocketSim 3 collects with random actions by 1 to 16 threads on the cores of this machine, in turns."""
    from benchmarks.speed.engines import Random  # both need an extra that is missing on many machines
    from jaxrl.sim.rocketsim3.env import RocketSim3Env

    spec = sim_spec(make_config(WORKERS[-1] * ARENAS_A_WORKER, 1))
    rates: dict[int, list[float]] = {threads: [] for threads in WORKERS}
    with ExitStack() as stack:
        arms = {threads: Random(stack.enter_context(RocketSim3Env(spec, threads, GROUPS))) for threads in WORKERS}
        for number in range(ROUNDS):
            for threads in WORKERS if number % 2 else reversed(WORKERS):
                rates[threads].append(arms[threads].measure(DECISIONS // 5))
    base = max(threads for threads in WORKERS if threads <= available_cores())
    print(f"| threads of RocketSim 3 | arenas | steps/s | of {base} threads |\n|---|---|---|---|")
    for threads, found in rates.items():
        share = statistics.median(a / b for a, b in zip(found, rates[base], strict=True))
        print(f"| {threads} | {spec.num_envs:,} | {statistics.median(found):,.0f} | {share:.2f} |")


def shapes(config: Config, ppo: PPO) -> tuple:
    """The arguments of update and act as shapes and dtypes."""
    t, n, c, f = config.training.n_steps, config.environment.num_envs, ppo.game.num_cars, ppo.game.state_size
    e = config.batch.final_state_slots

    def array(shape: tuple[int, ...], dtype: type) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(shape, dtype)

    rollout = Rollout(
        array((t + 1, n, f), np.float32),
        array((t, n, c), np.int32),
        array((t, n), np.bool_),
        array((t, n), np.bool_),
        array((e, f), np.float32),
        array((e, 2), np.int32),
    )
    state = jax.eval_shape(ppo.init)
    weights = reward_weights(config, 0)
    return state, rollout, weights, array((n, f), np.float32), array((n, c), np.float32)


def megabytes(tree: object) -> float:
    """Total size of all arrays in a tree, MB."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree)) / 2**20


def show_programs(config: Config) -> None:
    """Print the work of both programs on an accelerator and the data that crosses to it."""
    ppo = PPO(config, make_game(config))
    state, rollout, weights, rows, uniforms = shapes(config, ppo)
    update = export.export(jax.jit(ppo.update, donate_argnums=0), platforms=["cuda"])(state, rollout, weights)
    act = export.export(jax.jit(ppo.act), platforms=["cuda"])(state.params, state.obs_stats, rows, uniforms)
    assert not any("callback" in program.mlir_module() for program in (update, act))
    num_envs, steps = config.environment.num_envs, config.batch.env_steps
    print(f"{num_envs} arenas of 1v1, {steps:,} steps an update, lowered for CUDA; no program calls back to the host")
    act_flops = forward_flops(config, with_critic=False) * num_envs * 2
    up, down = megabytes((rows, uniforms)), num_envs * 2 * 4 / 2**20
    print(f"  act    once a decision: {act_flops / 1e9:.2f} GFLOP, {up:.3f} MB up, {down:.4f} MB down")
    print(f"  update once a rollout:  {update_flops(config) / 1e9:.0f} GFLOP, {megabytes(rollout):.1f} MB up")


def main() -> None:
    """Measure and print all parts."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print(describe_machine())
    print(f"\na sleep takes {1e6 * sleeping_error():.0f} us longer than asked; the pool is charged with it")
    print("| workers | arenas | pool, steps/s | stand-in arenas alone | share |\n|---|---|---|---|---|")
    for num_workers in WORKERS:
        measured, limit = rehearse(num_workers)
        arenas = num_workers * ARENAS_A_WORKER
        print(f"| {num_workers} | {arenas:,} | {measured:,.0f} | {limit:,.0f} | {measured / limit:.2f} |")
    print()
    if why_not() is None:
        show_threads()
        print()
    for num_envs in (128, 1024):
        show_programs(make_config(num_envs, 1))


if __name__ == "__main__":
    main()
