"""How long does a recipe take from nothing to a bot that scores? Milestones on standard kickoffs, over time and steps.

    python -m benchmarks.learning --config configs/fast_start.yaml --budget-minutes 30

Trains from scratch with several seeds by train.py, for --budget-minutes of wall-clock each (start-up and compilation
included), and keeps the policy every 100,000 environment steps. Then plays the matches of `benchmarks.milestones` with
the policies at set times and steps, so that they take nothing from the training. A milestone is reached at the first of
three evaluations in a row that show it. Everything is kept in --out: after an interruption the same command continues.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.learning.events import read_scalars
from benchmarks.learning.milestones import (
    IN_A_ROW,
    MATCHES,
    MILESTONES,
    WEIGHTS,
    evaluate,
    first_held,
    holds,
    known_milestones,
)
from benchmarks.learning.plot import plot
from benchmarks.learning.seeds import timeline
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.train_process import folders_in, run_train, training
from jaxrl.matches.strength import MatchBatch

SAVE_STEPS = 100_000  # environment steps between two snapshots
MINUTES = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12.5, 15, 17.5, 20, 22.5, 25, 27.5, 30)  # then every 5
MILLIONS = (0.1, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15)  # environment steps; then every 5
TIMELINE = {
    "idle/touches": "touches a minute against idle",
    "idle/goals": "goals a minute against idle",
    "random/goals": "goals a minute against random",
    "chaser/goals": "goals a minute against the chaser",
    "chaser/against": "and by it",
}
POLICY_FILES = ("policy.npz", "policy.json")


class Run:
    """One seed: a folder with snapshots of the policy, and when they were made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "snapshots.json"
        # environment steps -> seconds of training until then
        self.seconds: dict[int, float] = {}
        if self._file.exists():
            self.seconds = {int(k): v for k, v in json.loads(self._file.read_text(encoding="utf-8")).items()}

    def snapshot(self, steps: int) -> Path:
        """The folder of a snapshot's policy."""
        return self.folder / "snapshots" / str(steps)

    def train(self, config: str, further: Sequence[str], seed: int, budget: float) -> None:
        """Train with `further` settings, or continue to train, until `budget` seconds."""
        settings = [*further, f"training.seed={seed}", f"logging.save_interval={SAVE_STEPS}", "logging.keep=3"]
        settings += folders_in(self.folder)
        check = run_train(config, settings, "--check")
        if check.returncode:
            sys.exit(check.stderr.strip())
        done = max(self.seconds.values(), default=0.0)
        # an interrupted run continues from its newest snapshot: what came after is trained, and counted, again
        newest = self.folder / f"checkpoints/checkpoint_{max(self.seconds, default=0)}"
        flags = ["--resume", str(newest)] if newest.is_dir() else []
        trained = self.folder / "config.yaml"
        if trained.exists() and trained.read_text(encoding="utf-8") != check.stdout:
            sys.exit(f"{self.folder} holds a run of another {config}: give another --out, or delete it")
        if not trained.exists() and self.folder.is_dir() and any(self.folder.iterdir()):
            sys.exit(f"{self.folder} holds something else: give another --out, or delete it")
        if not flags:
            done, self.seconds = 0.0, {}
            shutil.rmtree(self.folder, ignore_errors=True)
        finished = self.folder / "trained_seconds"
        if finished.exists() and float(finished.read_text(encoding="utf-8")) >= budget:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        trained.write_text(check.stdout, encoding="utf-8")
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
        file = self.folder / "evaluations.json"
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        results, history = [], []
        for steps in self.chosen(budget):
            reached = {m.letter for m in MILESTONES if first_held(history, m.letter) is not None}
            if str(steps) not in known:
                still_open = {m.letter for m in MILESTONES} - reached
                known[str(steps)] = evaluate(batch, self.snapshot(steps), seed=steps, still_open=still_open)
                write_json(file, known)
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


def random_touches(batch: MatchBatch, file: Path) -> float:
    """Touches a minute of a policy that does anything."""
    if not file.exists():
        write_json(file, evaluate(batch, None, seed=0, still_open=set()))
    return json.loads(file.read_text(encoding="utf-8"))["idle/touches"]["mean"]


def reached(results: list[dict], letter: str) -> tuple[float, float] | None:
    """Minutes and millions of environment steps at which a run first held a milestone; None: not within the budget."""
    index = first_held([set(result["holds"]) for result in results], letter)
    return None if index is None else (results[index]["seconds"] / 60, results[index]["steps"] / 1e6)


def print_table(runs: dict[int, list[dict]]) -> None:
    """Markdown: a row a milestone, a column a seed, and the median of the seeds (never reached counts as longest)."""
    seeds = " | ".join(f"seed {seed}" for seed in runs)
    print(f"| milestone | {seeds} | median |\n{'|---' * (len(runs) + 2)}|")
    for milestone in known_milestones():
        times = [reached(results, milestone.letter) for results in runs.values()]
        median = np.median([time or (np.inf, np.inf) for time in times], axis=0)
        cells = [_time(time) for time in (*times, median if np.isfinite(median).all() else None)]
        print(f"| {milestone.letter}: {milestone.text} | {' | '.join(cells)} |")


def print_timeline(runs: dict[int, list[dict]]) -> None:
    """Markdown: a row for every count of steps that all seeds were evaluated at, medians of the seeds."""
    print(f"| steps | minutes | {' | '.join(TIMELINE.values())} |\n{'|---' * (len(TIMELINE) + 2)}|")
    by_steps = [{result["steps"]: result for result in results} for results in runs.values()]
    for steps in sorted(set.intersection(*map(set, by_steps))):
        row = [results[steps] for results in by_steps]
        minutes = np.median([result["seconds"] for result in row]) / 60
        cells = [f"{np.median([result[name]['mean'] for result in row]):.1f}" for name in TIMELINE]
        print(f"| {steps:,} | {minutes:.1f} | {' | '.join(cells)} |")


def _time(reached_at: tuple[float, float] | None) -> str:
    return "not yet" if reached_at is None else f"{reached_at[0]:.1f} min, {reached_at[1]:.1f} M"


def main() -> None:
    """Trains, evaluates, prints and draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/fast_start.yaml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="beside the config")
    parser.add_argument("--budget-minutes", type=float, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, help="default: .cache/learning/<config>")
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--png", type=Path, help="draw the curves")
    arguments = parser.parse_args()
    out = arguments.out or Path(".cache/learning") / Path(arguments.config).stem
    budget = 60 * arguments.budget_minutes
    runs = {seed: Run(out / f"seed_{seed}") for seed in arguments.seeds}
    for seed, run in runs.items():
        run.train(arguments.config, arguments.set, seed, budget)
    with MatchBatch(MATCHES) as batch:
        baseline = random_touches(batch, out / "random.json")
        with tqdm(total=sum(len(run.chosen(budget)) for run in runs.values()), unit="snapshot") as bar:
            results = {seed: run.evaluate(batch, budget, baseline, bar) for seed, run in runs.items()}
    title = f"{' '.join([arguments.config, *arguments.set])}, {describe_machine()}"
    print(f"\n{title}; the random policy makes {baseline:.2f} touches a minute")
    print(f"wall-clock and millions of environment steps at the first of {IN_A_ROW} evaluations in a row\n")
    print_table(results)
    if len(known_milestones()) < len(MILESTONES):
        print(f"\n{WEIGHTS} is not set: matches against Nexto and Necto are left out")
    print("\nwhat they did on the way, medians of the seeds\n")
    print_timeline(results)
    print("\nwhile they trained, on the start states of training; times without start-up and compilation\n")
    logs = {seed: read_scalars(next((run.folder / "logs").iterdir())) for seed, run in runs.items()}
    print("\n".join(timeline(logs)))
    if arguments.json:
        write_json(
            arguments.json,
            {"config": arguments.config, "set": arguments.set, "machine": describe_machine(), "runs": results},
        )
    if arguments.png:
        plot(results, arguments.png, title)
        print(f"\ncurves: {arguments.png}")


if __name__ == "__main__":
    main()
