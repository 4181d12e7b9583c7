"""The five comparison recipes side by side: what each idea adds to the speed on this machine.

    python -m benchmarks.recipes
    python -m benchmarks.recipes --engines      # final and cpu, in RocketSim 2 and in 3

Trains the recipes for a few updates in turns, for several rounds, and prints the median environment steps per second
(collecting and learning, without start-up and compilation) and the ratio to `single`, or of RocketSim 3 to 2.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.learning.events import read_scalars
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.throughput import Trainer
from benchmarks.speed.train_process import folders_in, run_train
from jaxrl.config.load import load_config
from jaxrl.training.device import configure_device

# recipe: whether it has many arenas, normalisation, a schedule of the learning rate, reward parts, compiled steps
RECIPES = {
    "single": ("no", "no", "no", "no", "no"),
    "parallel": ("yes", "no", "no", "no", "no"),
    "optimized": ("no", "no", "no", "yes", "yes"),
    "parallel_optimized": ("yes", "no", "no", "yes", "yes"),
    "final": ("yes", "yes", "yes", "yes", "yes"),
}
STEPS_PER_UPDATE = 4096  # of all five
IN_BOTH = ("final", "cpu")


def speeds(recipe: str, updates: int) -> np.ndarray:
    """Environment steps per second of every update `[updates]`, without the first two, which compile and warm up."""
    with tempfile.TemporaryDirectory() as folder:
        settings = [
            f"training.total_timesteps={(updates + 2) * STEPS_PER_UPDATE}",
            *folders_in(Path(folder)),
        ]
        done = run_train(recipe, settings)
        if done.returncode:
            sys.exit(f"{recipe}: train.py ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}")
        return read_scalars(next(Path(folder, "logs").iterdir()))["speed/overall"][1][2:]


def compare_engines(rounds: int, updates: int) -> None:
    """Let both engines collect and learn in turns, in one process, and print a Markdown table."""
    configure_device(load_config("configs/cpu.yaml").accelerator)
    print("| recipe | RocketSim 2 | RocketSim 3 | ratio within rounds |\n|---|---|---|---|")
    for recipe in IN_BOTH:
        found: list[list[float]] = []
        with ExitStack() as stack:
            settings = [["environment.physics=rocketsim2"], ["environment.physics=rocketsim3"]]
            loops = [Trainer(load_config(f"configs/{recipe}.yaml", one)) for one in settings]
            for loop in loops:
                stack.enter_context(loop.env)
            for _ in range(rounds + 1):
                seconds = [sum(loop.collect() + loop.update() for _ in range(updates)) for loop in loops]
                found.append([updates * loops[0].config.batch.env_steps / each for each in seconds])
        two, three = np.array(found[1:]).T  # the first round compiles and warms up
        print(f"| `{recipe}` | {np.median(two):,.0f} | {np.median(three):,.0f} | {np.median(three / two):.2f} |")
    print(f"\n{describe_machine()}; medians of {rounds} rounds of {updates} updates, environment steps/s")


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=6, help="measured updates a round")
    parser.add_argument("--engines", action="store_true", help="final and cpu in both engines instead")
    arguments = parser.parse_args()
    if arguments.engines:
        compare_engines(arguments.rounds, arguments.updates)
        return
    rounds: dict[str, list[float]] = {recipe: [] for recipe in RECIPES}
    for _ in tqdm(range(arguments.rounds), unit="round"):
        for recipe in RECIPES:
            rounds[recipe].append(float(np.median(speeds(recipe, arguments.updates))))
    ratios = {recipe: np.median(np.divide(rounds[recipe], rounds["single"])) for recipe in RECIPES}
    print(f"\n{describe_machine()}; median of {arguments.rounds} rounds of {arguments.updates} updates\n")
    print("| recipe | many arenas | normalisation | schedule | reward parts | compiled | speed | steps/s |")
    print("|---|---|---|---|---|---|---|---|")
    for recipe, has in RECIPES.items():
        speed = np.median(rounds[recipe])
        print(f"| `{recipe}` | {' | '.join(has)} | {ratios[recipe]:.1f}x | {speed:,.0f} |")


if __name__ == "__main__":
    main()
