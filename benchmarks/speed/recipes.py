"""The five comparison recipes side by side: what each idea adds to the speed on this machine.

    python -m benchmarks.recipes

Trains the recipes for a few updates in turns, for several rounds, and prints the median environment steps per second
(collecting and learning, without start-up and compilation) and the ratio to `single`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.learning.events import read_scalars
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.train_process import folders_in, run_train

# recipe: whether it has many arenas, normalisation, a schedule of the learning rate, reward parts, compiled steps
RECIPES = {
    "single": ("no", "no", "no", "no", "no"),
    "parallel": ("yes", "no", "no", "no", "no"),
    "optimized": ("no", "no", "no", "yes", "yes"),
    "parallel_optimized": ("yes", "no", "no", "yes", "yes"),
    "final": ("yes", "yes", "yes", "yes", "yes"),
}
STEPS_PER_UPDATE = 4096  # of all five


def speeds(recipe: str, updates: int) -> np.ndarray:
    """Environment steps per second of every update `[updates]`, without the first two, which compile and warm up."""
    with tempfile.TemporaryDirectory() as folder:
        settings = [f"training.total_timesteps={(updates + 2) * STEPS_PER_UPDATE}", *folders_in(Path(folder))]
        done = run_train(recipe, settings)
        if done.returncode:
            sys.exit(f"{recipe}: train.py ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}")
        return read_scalars(next(Path(folder, "logs").iterdir()))["speed/overall"][1][2:]


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=6, help="measured updates a round")
    arguments = parser.parse_args()
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
