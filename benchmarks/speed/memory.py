"""Memory of a long run: watches all processes of a training and extrapolates their growth to 12 hours.

    python -m benchmarks.memory --config configs/fast_start.yaml --minutes 30
    python -m benchmarks.memory --updates 100000

The first form trains as users do for the given minutes. The second fast-forwards with one arena and a small network,
thousands of updates a minute, so that anything leaked per update, checkpoint or evaluation adds up. Memory means RSS
without its shared part, which belongs to no file and no other process: PSS and USS change whenever another program
loads or unloads the same libraries. (The arrays shared between trainer and workers have a fixed size.) The first third
of the run, in which everything is allocated and compiled, is not counted.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
from scipy import stats

from benchmarks.learning.events import read_scalars
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.train_process import folders_in, training

EVERY_SECONDS = 5.0
SMALL = [
    "training.batch_size=null",
    "training.n_steps=8",
    "training.n_epochs=1",
    "training.n_minibatches=1",
    "environment.num_envs=1",
    "environment.num_workers=1",
    "network.actor=[16]",
    "network.critic=[16]",
    "evaluation.n_eval_episodes=2",
    "evaluation.match_seconds=5",
]
STEPS_PER_UPDATE = 8  # of SMALL
SMALL_SAVES = 200  # checkpoints, and evaluations, in a fast-forwarded run


def tree_megabytes(pid: int) -> float:
    """Memory that a process and all its children share with nobody, MB."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):  # the process or a child has just ended
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            memory = process.memory_info()
            total += (memory.rss - memory.shared) / 2**20
    return total


def watch(config: str, settings: Sequence[str], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Train for `seconds` or to the end; returns seconds since the start and megabytes, `[K]` each."""
    times, megabytes, start = [], [], time.monotonic()
    with training(config, settings) as process:
        while process.poll() is None and (now := time.monotonic() - start) < seconds:
            times.append(now)
            megabytes.append(tree_megabytes(process.pid))
            time.sleep(EVERY_SECONDS)
    return np.array(times[:-1]), np.array(megabytes[:-1])  # the last sample may be of processes about to end


def report(times: np.ndarray, megabytes: np.ndarray) -> None:
    """Print the growth as the median of all slopes (Theil-Sen), which single peaks such as a save do not move."""
    late = times > times[-1] / 3
    slope, _, low, high = stats.theilslopes(megabytes[late], times[late] / 3600)
    halves = [np.median(part) for part in np.array_split(megabytes[late], 2)]
    print(f"{times[-1] / 60:.0f} minutes; peak {megabytes.max():.0f} MB; of the last two thirds:")
    print(f"median {halves[0]:.1f} MB in the first half, {halves[1]:.1f} MB in the second")
    print(f"growth {slope:.2f} MB an hour (95% interval {low:.2f} to {high:.2f}): {12 * slope:.0f} MB in 12 hours")


def main() -> None:
    """Train, watch the memory and print its growth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/final.yaml")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--updates", type=int, help="fast-forward a small run of this many updates")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="keep logs and checkpoints here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.out or Path(temporary)
        settings, seconds = [f"training.seed={arguments.seed}", *folders_in(folder)], 60 * arguments.minutes
        if arguments.updates:
            steps = arguments.updates * STEPS_PER_UPDATE
            often = max(1, steps // SMALL_SAVES)
            settings += [*SMALL, f"training.total_timesteps={steps}"]
            settings += [f"logging.save_interval={often}", f"evaluation.eval_freq={often}"]
            seconds = float("inf")
        times, megabytes = watch(arguments.config, settings, seconds)
        if len(times) < 10:
            sys.exit("too short: fewer than 10 samples, one every 5 seconds")
        updates = len(read_scalars(next((folder / "logs").iterdir()))["train/loss"][0])
    print(f"\n{arguments.config}, {updates:,} updates, {describe_machine()}")
    report(times, megabytes)


if __name__ == "__main__":
    main()
