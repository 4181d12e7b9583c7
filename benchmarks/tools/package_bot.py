"""Packages a trained bot for pretrained/: a checkpoint that training can go on from, and a short log of its training.

    python -m benchmarks.package_bot .cache/learning/whole_game/seed_0 pretrained/whole_game

The first folder holds `checkpoints/` and `logs/` of the run. Left out are the running episodes, and where the
machine that it was trained on kept logs, checkpoints and compiled programs.
"""

import argparse
import csv
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.learning.events import read_scalars
from jaxrl.checkpoints.files import (
    CONFIG_FILE,
    EPISODES_FILE,
    STATE_DIR,
    checkpoint_info,
    sha256,
    verify_checkpoint,
    write_info,
)
from jaxrl.checkpoints.training_state import load_checkpoint_config
from jaxrl.config.load import dump_config
from jaxrl.config.schema import Accelerator, Config, Logging

TAGS = ("game/touches_per_minute", "game/goals_per_minute", "game/speed_to_ball", "reward/total_mean", "train/entropy")
ROWS = 200
ORBAX_IS_DONE = "commit_success.txt"


def mean_between(steps: np.ndarray, values: np.ndarray, first: int, last: int) -> str:
    """Mean of the values at more than `first` and at most `last` steps; empty if there are none."""
    inside = (steps > first) & (steps <= last)
    return f"{values[inside].mean():.4g}" if inside.any() else ""


def package(checkpoint: Path, to: Path) -> None:
    """Copy a checkpoint without the running episodes, with folders as a config has them that names none.

    Raises UserError if it is damaged.
    """
    verify_checkpoint(checkpoint)
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(checkpoint, to, ignore=shutil.ignore_patterns(EPISODES_FILE))
    config = anywhere(load_checkpoint_config(checkpoint))
    (to / CONFIG_FILE).write_text(dump_config(config), encoding="utf-8")
    (to / STATE_DIR / ORBAX_IS_DONE).write_text("")  # Orbax wrote the path into it, and looks whether it is there
    info = checkpoint_info(checkpoint)
    files = {name: sha256(to / name) for name in info.files if name != EPISODES_FILE}
    write_info(to, replace(info, log_folder="", files=files))


def anywhere(config: Config) -> Config:
    """The same config with the folders of one that names none."""
    logging = {name: Logging.model_fields[name].default for name in ("log_dir", "checkpoint_dir")}
    cache = {"compile_cache": Accelerator.model_fields["compile_cache"].default}
    changed = {"logging": config.logging.model_copy(update=logging)}
    changed["accelerator"] = config.accelerator.model_copy(update=cache)
    return config.model_copy(update=changed)


def main() -> None:
    """Copy the files and write the log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("to", type=Path)
    arguments = parser.parse_args()
    package(arguments.run / "checkpoints/final", arguments.to)
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
    size = sum(path.stat().st_size for path in arguments.to.rglob("*") if path.is_file()) / 2**20
    print(f"{arguments.to}: {size:.1f} MB, {steps[-1]:,} environment steps")


if __name__ == "__main__":
    main()
