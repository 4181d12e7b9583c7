"""Shows what was promised, row by row: a short run of final.yaml from start to end, and what it left behind.

    python -m benchmarks.promises

Prints the Markdown table of docs/promises.md but for the rows that have a command of their own there.
"""

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

STEPS = 27 * 4096  # of environment: past the first checkpoint
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
    """A whole run of final.yaml with logs, checkpoints and compiled programs in `folder`; and its seconds."""
    start = time.perf_counter()
    done = run_train(FINAL, [*RUN, *folders_in(folder), f"accelerator.compile_cache={folder}/cache"])
    if done.returncode:
        sys.exit(f"train.py ended with {done.returncode}: {done.stderr[-500:]}")
    return done, time.perf_counter() - start


def show(row: int, promise: str, printed: str) -> None:
    """A row of the table."""
    print(f"| {row} | {promise} | {printed} |", flush=True)


def rows_of_logs(scalars: dict[str, tuple]) -> None:
    """What TensorBoard has."""

    def first_and_last(tag: str) -> str:
        values = scalars[tag][1]
        return f"`{tag}` {values[0]:.3g} -> {values[-1]:.3g}"

    terms = sorted(tag for tag in scalars if tag.startswith("reward/") and tag != "reward/total_mean")
    total = scalars["reward/total_mean"][1][-1]
    parts = sum(scalars[tag][1][-1] for tag in terms)
    listed = ", ".join(f"`{tag}`" for tag in terms)
    show(2, "Reward breakdown", f"{listed}; their sum in the last update {parts:.5f}, `reward/total_mean` {total:.5f}")
    show(4, "Learning-rate schedule", first_and_last("train/learning_rate"))
    show(5, "Entropy schedule", first_and_last("train/entropy_coef"))
    steps, values, _ = scalars["eval/mean_reward"]
    evaluations = ", ".join(f"{value:.1f} at {step:,}" for step, value in zip(steps, values, strict=True))
    show(7, "Evaluation", f"`eval/mean_reward` {evaluations}")
    groups = Counter(tag.split("/")[0] for tag in scalars)
    show(8, "Rich TensorBoard", "tags: " + ", ".join(f"{count} `{group}/`" for group, count in sorted(groups.items())))


def rows_of_checkpoints(folder: Path) -> None:
    """What the run saved, and that it can be used."""
    best = folder / "best"
    arrays = dict(np.load(best / "policy.npz"))
    statistics = ", ".join(f"`{name}` {arrays[name].shape}" for name in ("obs_mean", "obs_var"))
    show(
        3,
        "Observations and returns normalised",
        f"`policy.npz` of `best` holds {statistics}",
    )
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    files = sorted(path.name for path in best.iterdir())
    steps = ", ".join(f"{name} ({checkpoint_info(folder / name).env_steps:,} steps)" for name in names)
    show(12, "Checkpoints", f"{steps}; in each: {', '.join(files)}")
    policy = load_policy(best)
    state = np.zeros(row_size(2), np.float32)
    obs = policy.normalize(policy.observe(state))
    actions = policy.act(state)
    show(
        13,
        "Deployment",
        f"observation {obs.shape}, actions {actions.tolist()}, controls {policy.controls(actions).shape}",
    )


def rows_of_configs() -> None:
    """What `--check` says, without training."""
    wrong = run_train(FINAL, ["training.batch_size=4000"], "--check")
    show(9, "Aligned batch", f"exit code {wrong.returncode}: `{wrong.stderr.strip()}`")
    low = run_train("configs/low_memory.yaml", [], "--check")
    numbers = dict(re.findall(r"(batch_size|num_envs|n_steps): (\d+)", low.stdout))
    show(14, "Out of memory", f"`low_memory.yaml --check`: {numbers}")
    codes = [run_train(FINAL, settings, "--check").returncode for settings in TUNING]
    show(15, "Tuning by config", f"exit codes of the {len(TUNING)} lines with `--check`: {codes}")


def main() -> None:
    """Prints the table."""
    print("| row | promise | what it printed |\n|---|---|---|")
    rows_of_configs()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done, cold = run_in(folder)
        banner = re.findall(r"^  (device|environments|observation|actions|batch) +(.*)$", done.stdout, re.MULTILINE)
        show(10, "Start-up banner", "; ".join(f"{key}: {value}" for key, value in banner))
        bar = re.split(r"[\r\n]", done.stderr.strip())
        show(11, "Progress bar", f"`{next(line for line in reversed(bar) if 'step/s' in line).strip()}`")
        rows_of_logs(read_scalars(next((folder / "logs").iterdir())))
        rows_of_checkpoints(folder / "checkpoints")
        warm = run_in(folder)[1]
        show(
            6,
            "Accelerator used well",
            f"the run took {cold:.0f} s, with its programs in the compile cache {warm:.0f} s",
        )


if __name__ == "__main__":
    main()
