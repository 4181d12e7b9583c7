"""Profile of a worker: the same decisions with more and more of what surrounds the physics.

    python -m benchmarks.worker_profile

Plays random actions in 1v1 in this process, variants in turns; prints median processor time per arena and decision.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from benchmarks.speed.limits import WARM_UP_DECISIONS
from benchmarks.speed.machine import describe_machine
from jaxrl.config.load import load_config
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.rocketsim2.rows import read_arena
from jaxrl.sim.rocketsim2.whole_state import GROUPS
from jaxrl.sim.spec import Buffers, SimSpec
from jaxrl.training.build import sim_spec

ROUNDS = 150


def variants(batch: ArenaBatch) -> dict[str, Callable[[list], None]]:
    """Functions that play one decision, each doing more than the one before; the last is the worker's own."""
    arenas = list(zip(batch.arenas, batch.cars, strict=True))
    ticks, controls = batch.spec.tick_skip, batch.controls

    def play(actions: list, read: Callable | None) -> None:
        for (arena, cars), chosen in zip(arenas, actions, strict=True):
            for car, choice in zip(cars, chosen, strict=True):
                car.set_controls(controls[choice])
            arena.step(ticks)
            if read is not None:
                read(arena, cars)

    # these have arenas of their own, which the same start states and actions lead through the same states
    asked = {"the worker in arenas of its own": asking(batch.spec, frozenset())}
    asked |= {f"+ {name} alone": asking(batch.spec, frozenset(group)) for name, group in GROUPS.items()}
    return {
        "physics: set_controls, step": lambda actions: play(actions, None),
        "+ get_gym_state": lambda actions: play(actions, lambda arena, cars: arena.get_gym_state()),
        "+ flips, one string of bytes an arena": lambda actions: play(actions, read_arena),
        "+ rows, ends of episodes, resets: the worker": lambda actions: batch.step(),
        **asked,
        "+ all fields of a row": asking(batch.spec, None),
    }


def asking(spec: SimSpec, fields: frozenset[str] | None) -> Callable[[list], None]:
    """A function that plays one decision in arenas that fill these fields, too."""
    buffers = Buffers.allocate(replace(spec, fields=fields))
    batch = ArenaBatch(replace(spec, fields=fields), buffers, 0, spec.num_envs)
    batch.reset()

    def play(actions: list) -> None:
        buffers.actions[:] = actions
        batch.step()

    return play


def profile(num_envs: int) -> dict[str, float]:
    """Median microseconds per arena and decision of every variant."""
    spec = sim_spec(load_config("configs/final.yaml", [f"environment.num_envs={num_envs}", "training.batch_size=null"]))
    buffers = Buffers.allocate(spec)
    batch = ArenaBatch(spec, buffers, 0, num_envs)
    batch.reset()
    rng = np.random.default_rng(0)
    plays = variants(batch)
    taken: dict[str, list[float]] = {name: [] for name in plays}
    for turn in tqdm(range(-WARM_UP_DECISIONS, ROUNDS), desc=f"{num_envs} arenas", leave=False):
        chosen = rng.integers(0, NUM_ACTIONS, buffers.actions.shape)
        actions = chosen.tolist()
        for name, play in plays.items():
            buffers.actions[:] = chosen
            start = time.thread_time()
            play(actions)
            if turn >= 0:
                taken[name].append((time.thread_time() - start) / num_envs * 1e6)
    return {name: float(np.median(values)) for name, values in taken.items()}


def main() -> None:
    """Measure and print a table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    sizes = (4, 64)
    results = {size: profile(size) for size in sizes}
    print(describe_machine())
    print(f"| us per arena and decision | {' | '.join(f'{size} arenas a worker' for size in sizes)} |")
    print("|---|---|---|")
    for name in results[sizes[0]]:
        print(f"| {name} | {' | '.join(f'{results[size][name]:.1f}' for size in sizes)} |")


if __name__ == "__main__":
    main()
