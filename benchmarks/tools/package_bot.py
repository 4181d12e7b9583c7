"""Packages a trained bot for pretrained/: weights without optimizer, config, and a short log of its training.

    python -m benchmarks.package_bot .cache/learning/fast_start/seed_0 pretrained/duel

The first folder holds `checkpoints/` and `logs/` of the run.
"""

import argparse
import csv
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.learning.events import read_scalars

FILES = ("policy.npz", "policy.json", "config.yaml")
TAGS = ("game/touches_per_minute", "game/goals_per_minute", "game/speed_to_ball", "reward/total_mean", "train/entropy")
ROWS = 200


def mean_between(steps: np.ndarray, values: np.ndarray, first: int, last: int) -> str:
    """Mean of the values at more than `first` and at most `last` steps; empty if there are none."""
    inside = (steps > first) & (steps <= last)
    return f"{values[inside].mean():.4g}" if inside.any() else ""


def main() -> None:
    """Copy the files and write the log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("to", type=Path)
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(arguments.run / "checkpoints/final" / name, arguments.to / name)
    series = read_scalars(next((arguments.run / "logs").iterdir()))
    steps, _, seconds = series[TAGS[0]]
    # means over several updates each keep the log short enough to read
    ends = np.array([part[-1] for part in np.array_split(np.arange(len(steps)), min(ROWS, len(steps)))])
    with (arguments.to / "training.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["env_steps", "seconds", *TAGS])
        for first, last in pairwise([0, *steps[ends]]):
            means = [mean_between(*series[tag][:2], first, last) for tag in TAGS]
            writer.writerow([last, f"{seconds[steps == last][0]:.0f}", *means])
    size = sum(path.stat().st_size for path in arguments.to.iterdir()) / 2**20
    print(f"{arguments.to}: {size:.1f} MB, {steps[-1]:,} environment steps")


if __name__ == "__main__":
    main()
