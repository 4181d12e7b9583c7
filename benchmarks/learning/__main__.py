"""How long does a recipe take from nothing to a bot that scores? Milestones on standard kickoffs, over time and steps.

    python -m benchmarks.learning --config configs/fast_start.yaml --budget-minutes 30

Trains from scratch with several seeds by train.py, for --budget-minutes of wall-clock each (start-up and compilation
included), and keeps the policy every 100,000 environment steps. Then plays the matches of `benchmarks.milestones` with
the policies at set times and steps, so that they take nothing from the training. A milestone is reached at the first of
three evaluations in a row that show it. Everything is kept in --out: after an interruption the same command continues.

    python -m benchmarks.learning --config configs/whole_game.yaml --budget-minutes 120 \
        --set training.total_timesteps=130_000_000 --longer-than .cache/learning/whole_game --out .cache/two_hours

goes on with the runs of another --out from before their cool-down: what they took until then counts.
"""

import argparse
import json
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
    known_milestones,
)
from benchmarks.learning.plot import plot
from benchmarks.learning.run import Run, write_json
from benchmarks.learning.seeds import timeline
from benchmarks.speed.machine import describe_machine
from jaxrl.matches.strength import MatchBatch

TIMELINE = {
    "idle/touches": "touches a minute against idle",
    "idle/goals": "goals a minute against idle",
    "random/goals": "goals a minute against random",
    "chaser/goals": "goals a minute against the chaser",
    "chaser/against": "and by it",
}


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
    parser.add_argument(
        "--longer-than", type=Path, metavar="OUT", help="the --out of shorter runs of the same config with a cool-down"
    )
    parser.add_argument("--out", type=Path, help="default: .cache/learning/<config>")
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--png", type=Path, help="draw the curves")
    arguments = parser.parse_args()
    out = arguments.out or Path(".cache/learning") / Path(arguments.config).stem
    budget = 60 * arguments.budget_minutes
    runs = {seed: Run(out / f"seed_{seed}") for seed in arguments.seeds}
    for seed, run in runs.items():
        shorter = arguments.longer_than and Run(arguments.longer_than / f"seed_{seed}")
        run.train(arguments.config, arguments.set, seed, budget, shorter)
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
