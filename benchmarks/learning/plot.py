"""Curves of `benchmarks.learning`: what the bots did, against wall-clock and against environment steps."""

from pathlib import Path

import matplotlib
import numpy as np

from benchmarks.learning.milestones import MILESTONES

matplotlib.use("Agg")
import matplotlib.pyplot as plt

CURVES = {
    "idle/touches": "touches a minute against idle",
    "random/goals": "goals a minute against random",
    "chaser/goals": "goals a minute against the chaser",
    "chaser/wins": "share of matches won against the chaser",
}
AXES = {"seconds": ("minutes", 60), "steps": ("environment steps, millions", 1e6)}


def plot(runs: dict[int, list[dict]], png: Path, title: str) -> None:
    """A row of panels an axis, a panel a figure, a line a seed with its 95% interval, the milestones' bars dashed."""
    figure, axes = plt.subplots(len(AXES), len(CURVES), figsize=(16, 7), constrained_layout=True)
    for row, (key, (label, unit)) in zip(axes, AXES.items(), strict=True):
        for axis, (name, text) in zip(row, CURVES.items(), strict=True):
            for seed, results in runs.items():
                shown = [result for result in results if name in result]
                x = np.array([result[key] for result in shown]) / unit
                low, mean, high = (np.array([result[name][k] for result in shown]) for k in ("low", "mean", "high"))
                axis.plot(x, mean, marker=".", label=f"seed {seed}")
                axis.fill_between(x, low, high, alpha=0.15)
            for milestone in MILESTONES:
                if f"{milestone.opponent}/{milestone.figure}" == name:
                    axis.axhline(milestone.bar, color="grey", linestyle="--", linewidth=0.8)
                    axis.annotate(milestone.letter, (0, milestone.bar), fontsize=8, color="grey")
            axis.set(xlabel=label, ylim=(0, None), xlim=(0, None))
            axis.set_title(text, fontsize=10)
            axis.grid(alpha=0.3)
    axes[0, 0].legend()
    figure.suptitle(title, fontsize=11)
    png.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png, dpi=110)
