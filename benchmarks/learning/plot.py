"""Curves of `benchmarks.learning`: what the bots did, against wall-clock and against environment steps."""

from pathlib import Path

import matplotlib
import numpy as np

from benchmarks.learning.milestones import MILESTONES

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

CURVES = {
    "idle/touches": "touches a minute against idle",
    "random/goals": "goals a minute against random",
    "chaser/goals": "goals a minute against the chaser",
    "chaser/wins": "share of matches won against the chaser",
    "duel/wins": "share of matches won against duel",
    "duel/speed": "speed, uu/s, against duel",
    "duel/boost_held": "boost held",
    "duel/goal_side_share": "share of the time on its goal's side",
    "duel/flips_ahead": "flips ahead a minute",
    "duel/aerial_touches_per_minute": "aerial touches a minute",
}
COLUMNS = 5
AXES = {"seconds": ("minutes", 60), "steps": ("environment steps, millions", 1e6)}


def plot(runs: dict[int, list[dict]], png: Path, title: str) -> None:
    """A panel a figure that was measured, against either axis, a line a seed with its 95% interval; bars are dashed."""
    measured = {name for results in runs.values() for result in results for name in result}
    names = [name for name in CURVES if name in measured]
    rows = -(-len(names) // COLUMNS)
    figure, axes = plt.subplots(len(AXES) * rows, COLUMNS, figsize=(4 * COLUMNS, 3.5 * len(AXES) * rows), squeeze=False)
    for key, block in zip(AXES, axes.reshape(len(AXES), -1), strict=True):
        for axis, name in zip(block, names, strict=False):
            _panel(axis, runs, name, key)
        for axis in block[len(names) :]:
            axis.set_visible(False)
    axes[0, 0].legend()
    figure.suptitle(title, fontsize=11)
    figure.set_layout_engine("constrained")
    png.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png, dpi=80)


def _panel(axis: Axes, runs: dict[int, list[dict]], name: str, key: str) -> None:
    label, unit = AXES[key]
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
    axis.set_title(CURVES[name], fontsize=10)
    axis.grid(alpha=0.3)
