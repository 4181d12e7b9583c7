"""Processor time of learner and workers while collecting, and the time that cores stay idle.

    python -m benchmarks.core_time

128 arenas of 1v1 as in `benchmarks.throughput`; random actions, the real policy and the bare physics take turns. Prints
the medians of the rounds. Inference alone is timed before the workers start.
"""

import argparse
import time

import jax
import numpy as np
import psutil
from tqdm import tqdm

from benchmarks.speed.limits import PhysicsLimit
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.throughput import Trainer, make_config
from jaxrl.sim.cores import available_cores
from jaxrl.training.device import configure_device

ROUNDS = 10
CALLS = 300


def inference_alone(trainer: Trainer) -> float:
    """Microseconds of one core that inference takes per environment step, while the arenas stand still."""
    members = trainer.env.groups[0]
    states = trainer.env.reset()[members].copy()
    uniforms = np.random.default_rng(0).random((len(states), trainer.game.num_cars), np.float32)
    seconds = []
    for _ in range(CALLS):
        start = time.perf_counter()
        trainer.policy(states, uniforms)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)) * 1e6 / len(states)


def processor_seconds(processes: list[psutil.Process]) -> np.ndarray:
    """User plus system time of each process so far, seconds `[P]`."""
    return np.array([sum(process.cpu_times()[:2]) for process in processes])


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    config = make_config(128, 1)
    configure_device(config.accelerator)
    trainer, cores = Trainer(config), available_cores()
    processes = [psutil.Process(), *map(psutil.Process, trainer.env.worker_pids)]
    rounds: dict[str, list[tuple[float, float, float]]] = {"collect_random": [], "collect": []}
    physics_us = []
    try:
        for _ in range(2):
            trainer.collect_random(), trainer.collect()
        alone = inference_alone(trainer)
        with PhysicsLimit(trainer.env.spec, cores) as physics:
            for _ in tqdm(range(ROUNDS), unit="round"):
                physics_us.append(1e6 / physics.measure(config.training.n_steps))
                for name, figures in rounds.items():
                    before = processor_seconds(processes)
                    wall = getattr(trainer, name)()
                    used = processor_seconds(processes) - before
                    figures.append(tuple(np.array([wall, used[0], used[1:].sum()]) / config.steps_per_update * 1e6))
    finally:
        trainer.env.close()
    physics_limit = float(np.median(physics_us))
    print(f"{describe_machine()}, {jax.devices()[0].device_kind}")
    print(f"microseconds of {cores} cores an environment step; physics alone {cores * physics_limit:.1f}, ", end="")
    print(f"inference alone {alone:.1f}\n")
    print("| | all cores | workers | learner | idle | share of the physics limit |\n|---|---|---|---|---|---|")
    for name, label in (("collect_random", "random actions"), ("collect", "policy")):
        wall, learner, workers = np.median(rounds[name], axis=0)
        share = np.median(np.array(physics_us) / np.array(rounds[name])[:, 0])
        idle = cores * wall - learner - workers
        print(f"| {label} | {cores * wall:.1f} | {workers:.1f} | {learner:.1f} | {idle:.1f} | {share:.2f} |")


if __name__ == "__main__":
    main()
