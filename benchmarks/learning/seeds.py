"""Does a recipe learn, whatever the seed? Trains it with several seeds and compares the start of each run with its end.

    python -m benchmarks.seeds --config configs/final.yaml --steps 1000000 --png docs/images/final.png

Every run is train.py with the schedules of the recipe as it stands, stopped once --steps environment steps are done.
Prints touches per car and minute of game over the first and the last 100,000 of them, and the speed, for each seed; and
a timeline: what the bots did between 0, 10,000, 50,000, 200,000, 500,000, ... steps.
"""

import argparse
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np

from benchmarks.learning.events import read_scalars
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.train_process import folders_in, training

matplotlib.use("Agg")
import matplotlib.pyplot as plt

WINDOW = 100_000  # environment steps
TIMELINE = (0, 10_000, 50_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)
SHOWN = ("touches_per_minute", "speed_to_ball", "goals_per_minute")
CURVES = {
    "game/touches_per_minute": "touches per car and minute",
    "game/speed_to_ball": "speed towards the ball, uu/s",
    "game/goals_per_minute": "goals per minute",
    "reward/total_mean": "reward a decision",
    "train/entropy": "entropy, nats",
    "speed/overall": "environment steps/s",
}


def run(config: str, seed: int, steps: int, folder: Path) -> float:
    """Trains until `steps` are done; returns the seconds that took, start-up included."""
    settings = [f"training.seed={seed}", f"logging.save_interval={WINDOW}", *folders_in(folder)]
    start = time.perf_counter()
    with training(config, settings) as process:
        while process.poll() is None and not (folder / f"checkpoints/checkpoint_{steps}").exists():
            time.sleep(0.5)
        seconds = time.perf_counter() - start
    return seconds


def first_and_last(steps: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Means over the first and the last WINDOW environment steps."""
    return float(values[steps <= WINDOW].mean()), float(values[steps > steps[-1] - WINDOW].mean())


def timeline(runs: dict[int, dict]) -> list[str]:
    """A Markdown table: means over each window of steps, median of the seeds, and when the window was over."""
    lines = [
        "| steps | touches per car and minute | speed towards the ball, uu/s | goals per minute | over after |",
        "|---|---|---|---|---|",
    ]
    for start, end in pairwise(TIMELINE):
        windows = []
        for series in runs.values():
            steps, _, times = series["game/touches_per_minute"]
            inside = (steps > start) & (steps <= end)
            if steps[-1] < end or not inside.any():
                return lines
            means = [series[f"game/{name}"][1][inside].mean() for name in SHOWN]
            # the first event comes at the end of the first update: start-up and compilation are not in here
            windows.append([*means, times[inside][-1]])
        touches, speed, goals, seconds = np.median(windows, axis=0)
        lines.append(f"| {start:,} to {end:,} | {touches:.2f} | {speed:.0f} | {goals:.2f} | {seconds:.0f} s |")
    return lines


def plot(runs: dict[int, dict], png: Path, title: str) -> None:
    """One panel a curve, one line a seed, smoothed over about 40,000 environment steps."""
    figure, axes = plt.subplots(2, 3, figsize=(13, 6.5), constrained_layout=True)
    for axis, (tag, label) in zip(axes.flat, CURVES.items(), strict=True):
        for seed, series in runs.items():
            steps, values, _ = series[tag]
            width = max(1, min(len(values), round(40_000 / max(steps[0], 1))))
            kernel = np.ones(width)
            smooth = np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")
            axis.plot(steps / 1e6, smooth, label=f"seed {seed}")
        axis.set_title(label, fontsize=10)
        axis.set_xlabel("environment steps, millions", fontsize=9)
        axis.set_ylim(bottom=min(0, axis.get_ylim()[0]))
        axis.grid(alpha=0.3)
    axes[0, 0].legend()
    figure.suptitle(title, fontsize=11)
    png.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png, dpi=110)


def main() -> None:
    """Trains, prints the table, draws the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/final.yaml")
    parser.add_argument("--steps", type=int, default=1_000_000, help=f"a multiple of {WINDOW:,}")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--png", type=Path)
    arguments = parser.parse_args()
    if arguments.steps < 2 * WINDOW or arguments.steps % WINDOW:
        parser.error(f"--steps must be a multiple of {WINDOW:,}, at least {2 * WINDOW:,}")
    runs, seconds = {}, {}
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder:
            seconds[seed] = run(arguments.config, seed, arguments.steps, Path(folder))
            runs[seed] = read_scalars(next(Path(folder, "logs").iterdir()))
    machine = describe_machine()
    print(f"\n{arguments.config}, {arguments.steps:,} environment steps, {machine}")
    print("touches per car and minute over the first and the last 100,000 steps, goals per minute over the last")
    print("seed  first   last  ratio  goals  seconds  steps/s (median)")
    for seed, series in runs.items():
        first, last = first_and_last(*series["game/touches_per_minute"][:2])
        goals = first_and_last(*series["game/goals_per_minute"][:2])[1]
        speed, took = np.median(series["speed/overall"][1]), seconds[seed]
        print(f"{seed:4}  {first:5.2f} {last:6.2f}  {last / first:5.1f}  {goals:5.2f}  {took:7.0f}  {speed:7,.0f}")
    shares = [series["speed/evaluation_share"][1] for series in runs.values() if "speed/evaluation_share" in series]
    if shares:
        print(f"evaluation took {100 * np.median(np.concatenate(shares)):.1f}% of the wall-clock (median)")
    print("\n" + "\n".join(timeline(runs)) + "\n")
    if arguments.png:
        plot(runs, arguments.png, f"{arguments.config}, {machine}, {np.median(list(seconds.values())):.0f} s a run")
        print(f"curves: {arguments.png}")


if __name__ == "__main__":
    main()
