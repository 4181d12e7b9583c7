"""What the figures of play cost in training: the program that shows them, as a share of the update beside it.

    python -m benchmarks.figures_cost

Real rollouts of `final` and `cpu` in RocketSim 3, where every figure is computed, else in RocketSim 2. The two programs
take turns; times are medians of the rounds, and the share is the median of each round's share.
"""

import argparse
import time
from collections.abc import Callable

import jax
import numpy as np

from benchmarks.speed.machine import describe_machine
from jaxrl.config.load import load_config
from jaxrl.sim.engine import describe, make_env, resolve
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import build, reward_weights
from jaxrl.training.device import configure_device
from jaxrl.training.step import compile_programs, step

ROUNDS = 9
RECIPES = ("final", "cpu")


def seconds(call: Callable[..., object], *arguments: object) -> float:
    """Seconds that a call takes until its results are there."""
    started = time.perf_counter()
    jax.block_until_ready(call(*arguments))
    return time.perf_counter() - started


def measure(recipe: str, rounds: int) -> str:
    """One row of the table."""
    config = load_config(f"configs/{recipe}.yaml")
    configure_device(config.accelerator)
    parts = build(config).in_physics(engine := resolve(config.environment.physics))
    weights, programs = reward_weights(config, 0), compile_programs(parts.ppo)
    state = jax.jit(parts.ppo.init)()
    with make_env(engine, parts.spec, parts.num_workers, parts.num_groups) as env:
        collector = Collector(env, config.training.n_steps, parts.game.num_cars, config.batch.final_state_slots, 0)
        state, _, _ = step(programs, collector, state, weights)
        rollout = jax.device_put(collector.collect(programs.policy(state), 1))
    show, shown, learnt = programs.show, [], []
    assert show is not None
    for _ in range(rounds + 1):
        shown.append(seconds(show, state.params, state.obs_stats, rollout))
        again = jax.tree.map(lambda x: x.copy(), state)  # the update uses it up
        learnt.append(seconds(programs.update, again, rollout, weights))
    found = np.array([shown[1:], learnt[1:]]) * 1e3  # the first round compiles
    share = np.median(found[0] / found[1])
    show_ms, update_ms = np.median(found, axis=1)
    numbers = f"{len(parts.game.figures)} | {show_ms:.1f} | {update_ms:.0f} | {100 * share:.2f}%"
    return f"| `{recipe}` | {describe(engine)} | {numbers} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    print(f"{describe_machine()}\n")
    print("| recipe | physics | figures | shown, ms | update, ms | share |\n|---|---|---|---|---|---|")
    for recipe in RECIPES:
        print(measure(recipe, rounds), flush=True)


if __name__ == "__main__":
    main()
