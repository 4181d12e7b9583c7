"""A training that is timed: snapshots of its policy, when each was made, and how each plays."""

import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.learning.milestones import MILESTONES, evaluate, first_held, holds
from benchmarks.speed.train_process import folders_in, run_train, training
from jaxrl.bots.description import read_description
from jaxrl.bots.newest import BEFORE_COOLDOWN
from jaxrl.matches.strength import MatchBatch

SAVE_STEPS = 100_000  # environment steps between two snapshots
MINUTES = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12.5, 15, 17.5, 20, 22.5, 25, 27.5, 30)  # then every 5
MILLIONS = (0.1, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15)  # environment steps; then every 5
POLICY_FILES = ("policy.npz", "policy.json")


class Run:
    """One seed: a folder with snapshots of the policy, and when they were made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trained = folder / "config.yaml"
        self._file, self._evaluations = folder / "snapshots.json", folder / "evaluations.json"
        # environment steps -> seconds of training until then
        self.seconds: dict[int, float] = {}
        if self._file.exists():
            self.seconds = {int(k): v for k, v in json.loads(self._file.read_text(encoding="utf-8")).items()}

    def snapshot(self, steps: int) -> Path:
        """The folder of a snapshot's policy."""
        return self.folder / "snapshots" / str(steps)

    def evaluations(self) -> dict[str, dict]:
        """What is known of how its snapshots play, by environment steps."""
        return json.loads(self._evaluations.read_text(encoding="utf-8")) if self._evaluations.exists() else {}

    def train(
        self, config: str, further: Sequence[str], seed: int, budget: float, shorter: "Run | None" = None
    ) -> None:
        """Train with `further` settings, or continue to train, until `budget` seconds.

        What is new goes on from before the cool-down of a `shorter` run.
        """
        settings = [*further, f"training.seed={seed}", f"logging.save_interval={SAVE_STEPS}", "logging.keep=3"]
        settings += folders_in(self.folder)
        check = run_train(config, settings, "--check")
        if check.returncode:
            sys.exit(check.stderr.strip())
        if shorter is not None and not self.folder.exists():
            self._take_over(shorter, check.stdout)
        done = max(self.seconds.values(), default=0.0)
        # an interrupted run continues from its newest snapshot: what came after is trained, and counted, again
        newest = self.folder / f"checkpoints/checkpoint_{max(self.seconds, default=0)}"
        flags = ["--resume", str(newest)] if newest.is_dir() else []
        if self.trained.exists() and self.trained.read_text(encoding="utf-8") != check.stdout:
            sys.exit(f"{self.folder} holds a run of another {config}: give another --out, or delete it")
        if not self.trained.exists() and self.folder.is_dir() and any(self.folder.iterdir()):
            sys.exit(f"{self.folder} holds something else: give another --out, or delete it")
        if not flags:
            done, self.seconds = 0.0, {}
            shutil.rmtree(self.folder, ignore_errors=True)
        finished = self.folder / "trained_seconds"
        if finished.exists() and float(finished.read_text(encoding="utf-8")) >= budget:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.trained.write_text(check.stdout, encoding="utf-8")
        began = time.time()
        started = began - done
        with training(config, settings, *flags) as process:
            while process.poll() is None and time.time() - started < budget:
                time.sleep(0.5)
                self._collect(started, began)
        self._collect(started, began)
        if not self.seconds:
            sys.exit(f"{budget / 60:g} minutes are too few for {config}: train.py saved nothing")
        finished.write_text(f"{budget}\n", encoding="utf-8")

    def _take_over(self, shorter: "Run", config: str) -> None:
        """Copy all of a shorter run, which was trained by `config` but for its length, up to its cool-down."""
        warm = shorter.folder / "checkpoints" / BEFORE_COOLDOWN
        if not warm.is_dir():
            sys.exit(f"{warm}: not found; only a run with training.cooldown that has come so far can be made longer")
        if _without_length(shorter.trained.read_text(encoding="utf-8")) != _without_length(config):
            sys.exit(f"{shorter.folder} holds a run of another config: only training.total_timesteps may differ")
        # the first snapshot at or after it: what training repeats after it is counted twice, and not given away
        steps = read_description(warm).env_steps
        newest = min(snapshot for snapshot in shorter.seconds if snapshot >= steps)
        self.seconds = {snapshot: after for snapshot, after in shorter.seconds.items() if snapshot <= newest}
        for snapshot in self.seconds:
            shutil.copytree(shorter.snapshot(snapshot), self.snapshot(snapshot))
        known = {snapshot: found for snapshot, found in shorter.evaluations().items() if int(snapshot) <= newest}
        shutil.copytree(shorter.folder / "logs", self.folder / "logs")
        shutil.copytree(warm, self.folder / f"checkpoints/checkpoint_{newest}")
        write_json(self._file, self.seconds)
        write_json(self._evaluations, known)
        self.trained.write_text(config, encoding="utf-8")

    def _collect(self, started: float, began: float) -> None:
        """Copies policies that train.py has saved since the last look, but none from before it `began`."""
        for checkpoint in sorted((self.folder / "checkpoints").glob("checkpoint_[0-9]*")):
            steps = int(checkpoint.name.removeprefix("checkpoint_"))
            saved = (checkpoint / POLICY_FILES[0]).stat().st_mtime
            if steps in self.seconds or saved < began:
                continue
            target = self.snapshot(steps)
            target.mkdir(parents=True, exist_ok=True)
            for name in POLICY_FILES:
                shutil.copyfile(checkpoint / name, target / name)
            self.seconds[steps] = saved - started
            write_json(self._file, self.seconds)

    def chosen(self, budget: float) -> list[int]:
        """Snapshots to be evaluated: the first after every time and count of steps of the schedule."""
        steps, seconds = np.array(sorted(self.seconds)), np.array([self.seconds[k] for k in sorted(self.seconds)])
        minutes = [*MINUTES, *np.arange(35, budget / 60 + 1, 5)]
        millions = [*MILLIONS, *np.arange(20, steps[-1] / 1e6 + 1, 5)]
        wanted = [np.searchsorted(seconds, 60 * m) for m in minutes] + [
            np.searchsorted(steps, 1e6 * m) for m in millions
        ]
        return sorted({int(steps[i]) for i in wanted if i < len(steps)} | {int(steps[-1])})

    def evaluate(self, batch: MatchBatch, budget: float, random_touches: float, bar: tqdm) -> list[dict]:
        """Figures of the chosen snapshots, in order; those that are known already are read."""
        known = self.evaluations()
        results, history = [], []
        for steps in self.chosen(budget):
            reached = {m.letter for m in MILESTONES if first_held(history, m.letter) is not None}
            if str(steps) not in known:
                still_open = {m.letter for m in MILESTONES} - reached
                known[str(steps)] = evaluate(batch, self.snapshot(steps), seed=steps, still_open=still_open)
                write_json(self._evaluations, known)
            history.append(holds(known[str(steps)], random_touches) | reached)
            results.append(
                {"steps": steps, "seconds": self.seconds[steps], "holds": sorted(history[-1]), **known[str(steps)]}
            )
            bar.set_postfix_str(f"{steps:,} steps: {''.join(sorted(history[-1])) or 'nothing yet'}")
            bar.update()
        return results


def write_json(file: Path, content: object) -> None:
    """Replaces a file in one go: a run may be cut off at any moment."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    new.replace(file)


def _without_length(config: str) -> list[str]:
    """The lines of a config but for the length of the run and its folders."""
    keys = ("total_timesteps:", "log_dir:", "checkpoint_dir:")
    return [line for line in config.splitlines() if not line.strip().startswith(keys)]
