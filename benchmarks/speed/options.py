"""What options of a config cost: acting, collecting and updating with them and without, in turns.

    python -m benchmarks.options game.action_masks=true
    python -m benchmarks.options --config cpu observation.timers=true observation.own_frames=true

Each option is compared by itself with the recipe as it is. Figures are medians of the rounds, and ratios are medians of
each round's ratio.
"""

import argparse
import time

import jax
import numpy as np

from benchmarks.speed.machine import describe_machine
from benchmarks.speed.throughput import Trainer
from jaxrl.config.load import load_config
from jaxrl.training.device import configure_device

ACTS = 200  # inferences that are timed together


def act_seconds(trainer: Trainer) -> float:
    """Seconds of an inference for all arenas, without physics."""
    states = trainer.env.reset()
    uniforms = np.zeros((len(states), trainer.game.num_cars), np.float32)
    policy = trainer.policy
    start = time.perf_counter()
    for _ in range(ACTS):
        policy(states, uniforms)
    return (time.perf_counter() - start) / ACTS


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("options", nargs="+", help="SECTION.KEY=VALUE")
    parser.add_argument("--config", default="final")
    parser.add_argument("--physics", default="rocketsim2")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    names = ["as it is", *arguments.options]
    physics = f"environment.physics={arguments.physics}"
    configs = [load_config(arguments.config, [physics, *([name] * (i > 0))]) for i, name in enumerate(names)]
    configure_device(configs[0].accelerator)
    trainers = [Trainer(config) for config in configs]
    try:
        rounds = []
        for number in range(arguments.rounds + 1):
            row = [(act_seconds(trainer), trainer.collect(), trainer.update()) for trainer in trainers]
            if number:  # before the first one programs are not compiled yet
                rounds.append(row)
    finally:
        for trainer in trainers:
            trainer.env.close()

    taken = np.array(rounds)  # [rounds, options, 3]
    ratios = np.median(taken / taken[:, :1], axis=0)
    sums = taken[..., 1:].sum(-1)
    loop = np.median(sums / sums[:, :1], axis=0)
    print(f"{describe_machine()}; {arguments.config}, {jax.devices()[0].platform}; {arguments.rounds} rounds in turns")
    print("| | numbers | act, us | collect, ms | update, ms | act | collect | update | both |\n" + "|---" * 9 + "|")
    for i, (name, config) in enumerate(zip(names, configs, strict=True)):
        act, collect, update = np.median(taken[:, i], axis=0) * (1e6, 1e3, 1e3)
        cells = f"{config.obs_size} | {act:.0f} | {collect:.0f} | {update:.0f}"
        print(f"| {name} | {cells} | {' | '.join(f'{ratio:.3f}' for ratio in (*ratios[i], loop[i]))} |")


if __name__ == "__main__":
    main()
