"""Packages a trained bot for pretrained/: a checkpoint that training can go on from, and a short log of its training.

    python -m benchmarks.package_bot .cache/learning/whole_game/seed_0 pretrained/whole_game

The first folder holds `checkpoints/` and `logs/` of the run; of a run that was resumed in other folders all are named,
in their order. Left out are the running episodes, and where the machine that it was trained on kept logs, checkpoints
and compiled programs; with `--bot` also all but what plays: nothing trains on from that.
"""

import argparse
import csv
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.learning.events import read_scalars
from jaxrl.bots.critic import CRITIC_FILE
from jaxrl.checkpoints.files import (
    CONFIG_FILE,
    EPISODES_FILE,
    INFO_FILE,
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


Series = dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]  # by tag: environment steps, values, seconds


def joined(parts: Sequence[Series], until: int) -> Series:
    """One series of a run in parts, each up to where a later one begins, and all up to `until` steps.

    Seconds go on from where the part before was left.
    """
    begins = np.array([*(part[TAGS[0]][0][0] for part in parts[1:]), until + 1])
    ends = np.minimum.accumulate(begins[::-1])[::-1]
    whole: dict[str, list[tuple[np.ndarray, ...]]] = {tag: [] for tag in TAGS}
    before = 0.0
    for part, end in zip(parts, ends, strict=True):
        for tag in TAGS:
            kept = part[tag][0] < end
            steps, values, seconds = (array[kept] for array in part[tag])
            whole[tag].append((steps, values, seconds + before))
        before = whole[TAGS[0]][-1][2].max(initial=before)
    return {tag: tuple(np.concatenate(arrays) for arrays in zip(*pieces, strict=True)) for tag, pieces in whole.items()}


def mean_between(steps: np.ndarray, values: np.ndarray, first: int, last: int) -> str:
    """Mean of the values at more than `first` and at most `last` steps; empty if there are none."""
    inside = (steps > first) & (steps <= last)
    return f"{values[inside].mean():.4g}" if inside.any() else ""


def package(checkpoint: Path, to: Path, bot_alone: bool = False) -> None:
    """Copy a checkpoint without the running episodes, with folders as a config has them that names none.

    `bot_alone`: what plays, and neither its critic nor what training goes on from. Raises UserError if it is damaged.
    """
    verify_checkpoint(checkpoint)
    shutil.rmtree(to, ignore_errors=True)
    left_out = (EPISODES_FILE, *((STATE_DIR, INFO_FILE, CRITIC_FILE) if bot_alone else ()))
    shutil.copytree(checkpoint, to, ignore=shutil.ignore_patterns(*left_out))
    config = anywhere(load_checkpoint_config(checkpoint))
    (to / CONFIG_FILE).write_text(dump_config(config), encoding="utf-8")
    if bot_alone:
        return
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
    parser.add_argument("runs", type=Path, nargs="+", metavar="run")
    parser.add_argument("to", type=Path)
    parser.add_argument("--checkpoint", default="final", help="which one of the last run")
    parser.add_argument("--bot", action="store_true", help="the bot alone")
    arguments = parser.parse_args()
    checkpoint = arguments.runs[-1] / "checkpoints" / arguments.checkpoint
    package(checkpoint, arguments.to, arguments.bot)
    logs = [read_scalars(log) for run in arguments.runs for log in sorted((run / "logs").iterdir())]
    series = joined(logs, checkpoint_info(checkpoint).env_steps)
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
