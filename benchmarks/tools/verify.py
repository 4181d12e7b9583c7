"""Verification of a whole installation: a short run of final.yaml from start to end, and what it left behind.

    python -m benchmarks.verify

Prints a Markdown table with a row for each feature, in about two minutes. Exits with an error if the run fails.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.learning.events import read_scalars
from benchmarks.speed.train_process import folders_in, run_train
from jaxrl import load_policy
from jaxrl.checkpoints.files import checkpoint_info
from jaxrl.game.state import row_size

STEPS = 27 * 4096  # environment steps: past the first checkpoint
RUN = [
    f"training.total_timesteps={STEPS}",
    "evaluation.eval_freq=50000",
    "evaluation.match_seconds=20",
]
TUNING = [
    ["environment.num_envs=12", "training.n_steps=341", "training.batch_size=4092"],
    ["training.n_epochs=2"],
    ["training.n_steps=1024", "training.batch_size=8192"],
    ["training.learning_rate=1e-3", "training.final_lr=1e-4"],
    ["training.ent_coef=0.02", "training.final_ent_coef=0.002"],
]
FINAL = "configs/final.yaml"


def run_in(folder: Path) -> tuple[subprocess.CompletedProcess, float]:
    """Run final.yaml with logs, checkpoints and compiled programs in `folder`; returns the run and its seconds."""
    start = time.perf_counter()
    done = run_train(FINAL, [*RUN, *folders_in(folder), f"accelerator.compile_cache={folder}/cache"])
    if done.returncode:
        sys.exit(f"train.py ended with {done.returncode}: {done.stderr[-500:]}")
    return done, time.perf_counter() - start


def show(feature: str, observed: str) -> None:
    """Print a row of the table."""
    print(f"| {feature} | {observed} |", flush=True)


def rows_of_logs(scalars: dict[str, tuple]) -> None:
    """Show the features that are visible in TensorBoard."""

    def first_and_last(tag: str) -> str:
        values = scalars[tag][1]
        return f"`{tag}` {values[0]:.3g} -> {values[-1]:.3g}"

    terms = sorted(tag for tag in scalars if tag.startswith("reward/") and tag != "reward/total_mean")
    total = scalars["reward/total_mean"][1][-1]
    parts = sum(scalars[tag][1][-1] for tag in terms)
    listed = ", ".join(f"`{tag}`" for tag in terms)
    show("Reward breakdown", f"{listed}; their sum in the last update {parts:.5f}, `reward/total_mean` {total:.5f}")
    show("Learning-rate schedule", first_and_last("train/learning_rate"))
    show("Entropy schedule", first_and_last("train/entropy_coef"))
    steps, values, _ = scalars["eval/mean_reward"]
    evaluations = ", ".join(f"{value:.1f} at {step:,}" for step, value in zip(steps, values, strict=True))
    show("Evaluation", f"`eval/mean_reward` {evaluations}")
    groups = Counter(tag.split("/")[0] for tag in scalars)
    show("Rich TensorBoard", "tags: " + ", ".join(f"{count} `{group}/`" for group, count in sorted(groups.items())))


def rows_of_checkpoints(folder: Path) -> None:
    """Show what the run saved, and use it."""
    best = folder / "best"
    arrays = dict(np.load(best / "policy.npz"))
    statistics = ", ".join(f"`{name}` {arrays[name].shape}" for name in ("obs_mean", "obs_var"))
    show(
        "Observations and returns normalised",
        f"`policy.npz` of `best` holds {statistics}",
    )
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    files = sorted(path.name for path in best.iterdir())
    steps = ", ".join(f"{name} ({checkpoint_info(folder / name).env_steps:,} steps)" for name in names)
    show("Checkpoints", f"{steps}; in each: {', '.join(files)}")
    policy = load_policy(best)
    state = np.zeros(row_size(2), np.float32)
    obs = policy.normalize(policy.observe(state))
    actions = policy.act(state)
    show(
        "Deployment",
        f"observation {obs.shape}, actions {actions.tolist()}, controls {policy.controls(actions).shape}",
    )


def rows_of_configs() -> None:
    """Show the features of configs with `--check`, without training."""
    wrong = run_train(FINAL, ["training.batch_size=4000"], "--check")
    show("Aligned batch", f"exit code {wrong.returncode}: `{wrong.stderr.strip()}`")
    low = run_train("configs/low_memory.yaml", [], "--check")
    numbers = dict(re.findall(r"(batch_size|num_envs|n_steps): (\d+)", low.stdout))
    show("Out of memory", f"`low_memory.yaml --check`: {numbers}")
    codes = [run_train(FINAL, settings, "--check").returncode for settings in TUNING]
    show("Tuning by config", f"exit codes of the {len(TUNING)} lines with `--check`: {codes}")


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print("| feature | observed |\n|---|---|")
    rows_of_configs()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done, cold = run_in(folder)
        banner = re.findall(r"^  (device|environments|observation|actions|batch) +(.*)$", done.stdout, re.MULTILINE)
        show("Start-up banner", "; ".join(f"{key}: {value}" for key, value in banner))
        bar = re.split(r"[\r\n]", done.stderr.strip())
        show("Progress bar", f"`{next(line for line in reversed(bar) if 'step/s' in line).strip()}`")
        rows_of_logs(read_scalars(next((folder / "logs").iterdir())))
        rows_of_checkpoints(folder / "checkpoints")
        warm = run_in(folder)[1]
        show(
            "Accelerator used well",
            f"the run took {cold:.0f} s, with its programs in the compile cache {warm:.0f} s",
        )


if __name__ == "__main__":
    main()
