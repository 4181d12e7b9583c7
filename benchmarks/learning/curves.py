"""Curves of `benchmarks.skills`: what was practised, over the training of every run, as TensorBoard has it."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from benchmarks.learning.events import read_scalars

matplotlib.use("Agg")
import matplotlib.pyplot as plt

# of each skill a figure of training, on the start states of the run itself: its tag, and a text
CURVES = {
    "shots": ("game_touch/ball_speed_after_touch", "ball speed after a touch, uu/s"),
    "boost": ("game_boost/boost_gained_per_minute", "boost gained a minute"),
    "forward_flips": ("game_flip/flip_speed_gain", "speed gained by a flip, uu/s"),
    "half_flips": ("game_flip/backward_flips_per_minute", "backward flips a minute"),
    "aerials": ("game_touch/aerial_touches_per_minute", "aerial touches a minute"),
    "recoveries": ("game_speed/speed", "speed, uu/s"),
    "saves": ("game_goal/saves_per_minute", "saves a minute"),
}
WINDOW = 40  # updates in a point of a curve
ARMS = {"without": "tab:grey", "with": "tab:blue"}


def plot_skills(out: Path, skills: Sequence[str], base: str, seeds: Sequence[int], png: Path, title: str) -> None:
    """A panel a skill: the runs with its terms and start states, and those without, a line a seed."""
    columns = min(4, len(skills))
    rows = -(-len(skills) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4 * columns, 3.2 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(skills) :]:
        axis.axis("off")
    for axis, skill in zip(axes.flat, skills, strict=False):
        tag, text = CURVES[skill]
        for arm, recipe in (("without", base), ("with", skill)):
            for seed in seeds:
                steps, values = _smooth(*_curve(out / f"{recipe}_{seed}", tag))
                axis.plot(steps / 1e6, values, color=ARMS[arm], alpha=0.8, label=arm if seed == seeds[0] else None)
        axis.set_title(f"{skill}: {text}", fontsize=10)
        axis.set(xlabel="environment steps, millions", xlim=(0, None))
        axis.grid(alpha=0.3)
    axes[0, 0].legend()
    figure.suptitle(title, fontsize=11)
    png.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png, dpi=100)


def _curve(folder: Path, tag: str) -> tuple[np.ndarray, np.ndarray]:
    (logs,) = (folder / "logs").iterdir()
    steps, values, _ = read_scalars(logs)[tag]
    return steps, values


def _smooth(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of `WINDOW` updates; there is no value where nothing of the kind happened in an update."""
    count = -(-len(steps) // WINDOW)
    parts = [slice(k * WINDOW, (k + 1) * WINDOW) for k in range(count)]
    return np.array([steps[part].mean() for part in parts]), np.array([np.nanmean(values[part]) for part in parts])
