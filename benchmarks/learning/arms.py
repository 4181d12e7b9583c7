r"""Which settings make the stronger bot at equal cost? Arms of one recipe, several seeds, and a ladder of all bots.

    python -m benchmarks.arms --config configs/fast_start.yaml --arm plain --arm league league.share=0.25 \
        --core-minutes 60 --at-once 2 --against chaser racer pretrained/duel --ladder-minutes 30

Every arm is trained with every seed until its processes have used --core-minutes, start-up and compilation included: 60
are half an hour of two cores that do nothing else, and as much work where others use them, too. --at-once runs go side
by side, each on cores of its own. With --init-from every run begins with the weights of that checkpoint: what helps a
bot that plays already is found sooner so. Then the bots as they are in the end play a ladder with `random` and
--against. Prints its table, by goals, and a line for each arm. After an interruption the same command continues.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from scipy import stats

from benchmarks.speed.machine import describe_machine
from benchmarks.speed.train_process import STOPPED, folders_in, run_train, training
from jaxrl.bots.description import read_description
from jaxrl.bots.newest import newest_bot
from jaxrl.cli.main import main as jaxrl
from jaxrl.config.load import load_config
from jaxrl.files import write_whole
from jaxrl.matches.ladder.entrants import entrant, shown
from jaxrl.matches.ladder.records import labels, read
from jaxrl.matches.ladder.standings import ANCHOR, standings
from jaxrl.plugins import allow_code


@dataclass(frozen=True)
class Run:
    """An arm with a seed."""

    arm: str
    seed: int
    settings: tuple[str, ...]  # section.key=value
    folder: Path
    init_from: str | None = None  # a checkpoint, whose weights it begins with

    @property
    def name(self) -> str:
        """As the ladder calls its bot."""
        return f"{self.arm}_{self.seed}"

    def spent(self) -> float:
        """Core-seconds until now; exits the program where an earlier command had other settings."""
        if not self._file.exists():
            return 0.0
        known = json.loads(self._file.read_text(encoding="utf-8"))
        if known["settings"] != [*self.settings] or known.get("init_from") != self.init_from:
            sys.exit(f"{self.folder}: was trained with other settings: name another arm, or another --out")
        return known["core_seconds"]

    def spend(self, core_seconds: float) -> None:
        """Write down what was used in all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        known = {"core_seconds": core_seconds, "settings": self.settings, "init_from": self.init_from}
        write_whole(self._file, json.dumps(known))

    def flags(self) -> list[str]:
        """Of train.py: on from its last checkpoint, or the way it begins."""
        if any(self.folder.glob("checkpoints/checkpoint_*")):
            return ["--resume"]
        return [] if self.init_from is None else ["--init-from", self.init_from]

    @property
    def _file(self) -> Path:
        return self.folder / "spent.json"


def train_side_by_side(config: str, runs: Sequence[Run], core_seconds: float) -> None:
    """Train each from its beginning, or on from where it was, until it has used as much as it may, or is at its end."""
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        going = []
        for number, run in enumerate(runs):
            process = stack.enter_context(training(config, [*run.settings, *folders_in(run.folder)], *run.flags()))
            os.sched_setaffinity(process.pid, cores[number :: len(runs)] or cores)
            going.append((run, process, run.spent()))
        while going:
            time.sleep(0.5)
            for run, process, earlier in [*going]:
                spent = earlier + tree_seconds(process.pid)
                if process.poll() is None and spent < core_seconds:
                    run.spend(spent)
                    continue
                process.terminate()  # saves, and ends
                if process.wait() not in STOPPED:
                    sys.exit(f"{run.name}: train.py ended with exit code {process.returncode}")
                run.spend(core_seconds)
                going.remove((run, process, earlier))


def tree_seconds(pid: int) -> float:
    """Processor time of a process and its children, seconds; 0 once it is gone."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            total += sum(process.cpu_times()[:2])
    return total


def keep_bot(run: Run, folder: Path) -> Path:
    """Copy the last bot of a run to where its folder is its name."""
    bot, _ = newest_bot(run.folder / "checkpoints")
    kept = folder / run.name
    shutil.rmtree(kept, ignore_errors=True)
    return shutil.copytree(bot, kept, ignore=shutil.ignore_patterns("state", "*episodes.npz", "league.npz"))


def elo_of(bots: Sequence[Path], folder: Path) -> dict[str, float]:
    """Ratings of these bots, by name, from the matches of a ladder. It may also have bots that they once were."""
    matches, _ = read(folder)
    names = shown(labels(matches))
    rows = {row.player: row.elo for row in standings(matches, {ANCHOR: 0.0}, "goals").rows}
    return {bot.name: rows[names[entrant(str(bot)).identity]] for bot in bots}


def table(arms: Sequence[str], seeds: Sequence[int], elo: dict[str, float], steps: dict[str, int]) -> list[str]:
    """Markdown: the mean Elo of each arm, each seed, and how far it is ahead of the first arm, as the seeds tell."""
    found = {arm: np.array([elo[f"{arm}_{seed}"] for seed in seeds]) for arm in arms}
    lines = [f"| arm | Elo by goals | ahead of {arms[0]} | million steps |", "|---|---|---|---|"]
    for arm, ratings in found.items():
        each = ", ".join(map(_shown, ratings))
        done = ", ".join(f"{steps[f'{arm}_{seed}'] / 1e6:.1f}" for seed in seeds)
        ahead = "" if arm == arms[0] else _difference(ratings, found[arms[0]])
        lines.append(f"| {arm} | {_shown(ratings.mean())} ({each}) | {ahead} | {done} |")
    return lines


def _shown(rating: float) -> str:
    """A bot that no matches connect with `random` has no rating."""
    return "-" if np.isnan(rating) else f"{rating:.0f}"


def _difference(ratings: np.ndarray, base: np.ndarray) -> str:
    """Of means, with Welch's 95% interval: seeds differ more than the matches of one bot tell."""
    difference = ratings.mean() - base.mean()
    if np.isnan(difference):
        return "-"
    if len(ratings) < 2:
        return f"{difference:+.0f}"
    low, high = stats.ttest_ind(ratings, base, equal_var=False).confidence_interval()
    return f"{difference:+.0f} ({low:+.0f} to {high:+.0f})"


def runs_of(arguments: argparse.Namespace) -> list[Run]:
    """Each arm with each seed, seed by seed, so that arms of one seed go side by side."""
    return [
        Run(
            arm,
            seed,
            (*arguments.set, *settings, f"training.seed={seed}"),
            arguments.out / f"{arm}_{seed}",
            arguments.init_from,
        )
        for seed in arguments.seeds
        for arm, *settings in arguments.arm
    ]


def main() -> int:
    """Trains, plays and prints; returns the exit code of the ladder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/fast_start.yaml")
    parser.add_argument("--arm", nargs="+", action="append", required=True, metavar=("NAME", "KEY=VALUE"))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="in every arm")
    parser.add_argument("--init-from", metavar="CHECKPOINT", help="of which every run has its first weights")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--core-minutes", type=float, default=60.0, help="of training, each run")
    parser.add_argument("--at-once", type=int, default=1, help="runs side by side")
    parser.add_argument("--against", nargs="*", default=[], metavar="PLAYER", help="in the ladder, beside random")
    parser.add_argument("--ladder-minutes", type=float, default=20.0)
    parser.add_argument("--out", type=Path, default=Path(".cache/arms"))
    arguments = parser.parse_args()
    runs = runs_of(arguments)
    if len({run.name for run in runs}) < len(runs):
        parser.error("--arm: two arms have the same name")
    if arguments.at_once < 1:
        parser.error("--at-once must be at least 1")
    for run in runs:
        if (check := run_train(arguments.config, run.settings, "--check")).returncode:
            sys.exit(check.stderr.strip())
        if code := load_config(arguments.config, run.settings).observation.custom:
            allow_code(code)  # the ladder plays what this command trained
    for first in range(0, len(runs), arguments.at_once):
        group = [run for run in runs[first:][: arguments.at_once] if run.spent() < 60 * arguments.core_minutes]
        train_side_by_side(arguments.config, group, 60 * arguments.core_minutes)
    bots = [keep_bot(run, arguments.out / "bots") for run in runs]
    print(f"\n{arguments.core_minutes:g} core-minutes of training, {arguments.at_once} at once, {describe_machine()}\n")
    ladder, minutes = arguments.out / "ladder", str(arguments.ladder_minutes)
    options = ["--minutes", minutes, "--by", "goals", "--out", str(ladder)]
    code = jaxrl(["ladder", ANCHOR, *arguments.against, *map(str, bots), *options])
    steps = {bot.name: read_description(bot).env_steps for bot in bots}
    print("\n" + "\n".join(table([arm for arm, *_ in arguments.arm], arguments.seeds, elo_of(bots, ladder), steps)))
    return code


if __name__ == "__main__":
    sys.exit(main())
