"""Processor time of learner and workers while collecting, and the time that cores stay idle.

    python -m benchmarks.core_time
    python -m benchmarks.core_time --physics rocketsim3

128 arenas of 1v1 as in `benchmarks.throughput`; random actions, the real policy and the bare physics take turns. Prints
the medians of the rounds. Inference alone is timed before the arenas move. Workers are processes in RocketSim 2, in
RocketSim 3 all threads of this process but the learner's.
"""

import argparse
import time

import jax
import numpy as np
import psutil
from tqdm import tqdm

from benchmarks.speed.limits import PhysicsLimit, PhysicsLimit3
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.throughput import Trainer, make_config
from jaxrl.game.physics import Engine
from jaxrl.sim.cores import available_cores
from jaxrl.training.device import configure_device

ROUNDS = 10
CALLS = 300
LIMITS: dict[Engine, type[PhysicsLimit] | type[PhysicsLimit3]] = {
    "rocketsim2": PhysicsLimit,
    "rocketsim3": PhysicsLimit3,
}


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


def processor_seconds(workers: list[psutil.Process]) -> np.ndarray:
    """Time so far of the learner and of all workers, processes or threads, seconds `[2]`."""
    if workers:
        return np.array([sum(psutil.Process().cpu_times()[:2]), sum(sum(each.cpu_times()[:2]) for each in workers)])
    learner = time.thread_time()
    return np.array([learner, time.process_time() - learner])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--physics", choices=list(LIMITS), default="rocketsim2")
    physics_name = parser.parse_args().physics
    config = make_config(128, 1, physics=physics_name)
    configure_device(config.accelerator)
    trainer, cores = Trainer(config), available_cores()
    workers = [psutil.Process(pid) for pid in trainer.env.worker_pids]
    rounds: dict[str, list[tuple[float, float, float]]] = {"collect_random": [], "collect": []}
    physics_us = []
    try:
        for _ in range(2):
            trainer.collect_random(), trainer.collect()
        alone = inference_alone(trainer)
        with LIMITS[physics_name](trainer.env.spec, cores) as physics:
            for _ in tqdm(range(ROUNDS), unit="round"):
                physics_us.append(1e6 / physics.measure(4 * config.training.n_steps))
                for name, figures in rounds.items():
                    before = processor_seconds(workers)
                    wall = getattr(trainer, name)()
                    used = processor_seconds(workers) - before
                    figures.append(tuple(np.array([wall, *used]) / config.batch.env_steps * 1e6))
    finally:
        trainer.env.close()
    physics_limit = float(np.median(physics_us))
    print(f"{describe_machine()}, {jax.devices()[0].device_kind}")
    print(f"microseconds of {cores} cores an environment step; physics alone {cores * physics_limit:.1f}, ", end="")
    print(f"inference alone {alone:.1f}\n")
    print("| | all cores | workers | learner | idle | share of the physics limit |\n|---|---|---|---|---|---|")
    for name, label in (("collect_random", "random actions"), ("collect", "policy")):
        wall, learner, others = np.median(rounds[name], axis=0)
        share = np.median(np.array(physics_us) / np.array(rounds[name])[:, 0])
        idle = cores * wall - learner - others
        print(f"| {label} | {cores * wall:.1f} | {others:.1f} | {learner:.1f} | {idle:.1f} | {share:.2f} |")


if __name__ == "__main__":
    main()
