"""The five recipes side by side: what each of their ideas is worth in speed on this machine.

    python -m benchmarks.recipes

Trains each recipe for a few updates, in turns, several rounds; prints the median of its environment steps per second
(collecting and learning, without start-up and compilation) and the ratio to `single` beside what was once claimed.
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

# recipe: (claimed speed, what it has: many arenas, normalisation, schedule of the rate, reward parts, compiled)
RECIPES = {
    "single": ("1x", "no", "no", "no", "no", "no"),
    "parallel": ("about 2x", "yes", "no", "no", "no", "no"),
    "optimized": ("1x", "no", "no", "no", "yes", "yes"),
    "parallel_optimized": ("about 5x", "yes", "no", "no", "yes", "yes"),
    "final": ("8-10x", "yes", "yes", "yes", "yes", "yes"),
}
STEPS_PER_UPDATE = 4096  # of all five


def speeds(recipe: str, updates: int) -> np.ndarray:
    """Environment steps per second of every update but the first two, which compile and warm up."""
    with tempfile.TemporaryDirectory() as folder:
        settings = [f"training.total_timesteps={(updates + 2) * STEPS_PER_UPDATE}", *folders_in(Path(folder))]
        done = run_train(f"configs/{recipe}.yaml", settings)
        if done.returncode:
            sys.exit(f"{recipe}: train.py ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}")
        return read_scalars(next(Path(folder, "logs").iterdir()))["speed/overall"][1][2:]


def main() -> None:
    """Measures and prints the table in Markdown."""
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
    print(
        "| recipe | many arenas | normalisation | schedule | reward parts | compiled | claimed | measured | steps/s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for recipe, (claimed, *has) in RECIPES.items():
        speed = np.median(rounds[recipe])
        print(f"| `{recipe}` | {' | '.join(has)} | {claimed} | {ratios[recipe]:.1f}x | {speed:,.0f} |")


if __name__ == "__main__":
    main()
