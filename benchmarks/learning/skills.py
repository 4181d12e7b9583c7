"""Do the recipes of configs/skills/ teach what they are for? Each against the run without its terms and starts.

    python -m benchmarks.skills --minutes 10 --seeds 0 1 2
    python -m benchmarks.skills --steps 20_000 --seeds 0 --matches 4     # a quick check that all of it works

Trains configs/skills/skills.yaml and every recipe with each seed, for --minutes of wall-clock (start-up and compilation
included) or for --steps environment steps, then plays 2 minutes of matches from kickoffs against the chaser, and short
episodes from the start states of `benchmarks.learning.practice`. Prints a Markdown table: a random player, the run
without, and the run with the skill's terms and starts; medians, and each seed. A line of results.jsonl in --out for
every run that is done: after an interruption the same command continues. --plot draws curves of the training.
"""

import argparse
import hashlib
import json
import math
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.learning.practice import PRACTICES, practise
from benchmarks.speed.machine import describe_machine
from benchmarks.speed.train_process import folders_in, run_train, training
from jaxrl.bots.player import Player, PolicyPlayer
from jaxrl.bots.players import make_player, saved_bot
from jaxrl.bots.scripted import Random
from jaxrl.config.load import dump_config, load_config
from jaxrl.errors import UserError
from jaxrl.matches.strength import SCRIPTED_TIMING, MatchBatch

FOLDER = Path("configs/skills")
BASE = "skills"
MATCH_MINUTES = 2.0
OPPONENT = "chaser"


class Shown(NamedTuple):
    """A row of the table."""

    figure: str  # kickoffs/FIGURE of play, or START/MEASURE of a practice
    text: str
    digits: int = 1


SKILLS: dict[str, tuple[Shown, ...]] = {
    "shots": (
        Shown("kickoffs/ball_speed_after_touch", "ball speed after a touch, uu/s", 0),
        Shown("kickoffs/strong_touches_per_minute", "strong touches a minute"),
    ),
    "boost": (
        Shown("kickoffs/boost_held", "boost held"),
        Shown("kickoffs/boost_gained_per_minute", "boost gained a minute", 0),
    ),
    "forward_flips": (
        Shown("kickoffs/forward_flips_per_minute", "flips straight ahead a minute"),
        Shown("kickoffs/forward_diagonal_flips_per_minute", "flips ahead and to a side a minute"),
        Shown("kickoffs/flip_speed_gain", "speed gained by a flip, uu/s", 0),
        Shown("kickoffs/speed", "speed, uu/s", 0),
    ),
    "half_flips": (
        Shown("half_flip/seconds_to_turn", "seconds to drive the other way, from `half_flip`", 2),
        Shown("half_flip/half_flipped", "share that half-flips for it", 2),
        Shown("half_flip/speed_back", "speed that way 1.5 s after the start, uu/s", 0),
    ),
    "aerials": (
        Shown("kickoffs/aerial_touches_per_minute", "aerial touches a minute", 2),
        Shown("high_ball/aerial_touch", "share of `high_ball` touched in the air within 4 s", 2),
    ),
    "recoveries": (
        Shown("recovery/seconds_to_wheels", "seconds to the wheels, from `recovery`", 2),
        Shown("recovery/speed", "speed 3 s after the start, uu/s", 0),
    ),
    "saves": (
        Shown("goalie/saved", "share of shots saved, from `goalie`", 2),
        Shown("kickoffs/saves_per_minute", "saves a minute", 2),
    ),
}
COST = Shown("kickoffs/goal_difference", f"goal difference a minute against the {OPPONENT}", 2)

Figures = dict[str, float | None]  # None: nothing to measure it by, the speed of the ball without a touch say


def measure(player: Player, matches: int) -> Figures:
    """All figures of a bot: from kickoffs against the chaser, and from the start states of the practices."""
    chaser = make_player(OPPONENT, 1, player.tick_skip, player.action_delay_ticks, "jax")
    with MatchBatch(matches) as batch:
        batch.kickoff((player, chaser), seed=0)
        tally = batch.play(MATCH_MINUTES)
    own = tally.figures.own() if tally.figures else {}
    found = {f"kickoffs/{name}": value for name, value in own.items()}
    found["kickoffs/goal_difference"] = float(tally.difference.mean() / tally.minutes)
    for practice in PRACTICES:
        found |= practise(player, practice, seed=0, arenas=matches)
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


def train(recipe: str, seed: int, steps: int | None, minutes: float, folder: Path) -> PolicyPlayer:
    """Train from nothing into `folder`, for `steps` or else for `minutes`; returns the bot."""
    config = str(FOLDER / f"{recipe}.yaml")
    settings = [f"training.seed={seed}", *folders_in(folder)]
    settings += [f"training.total_timesteps={steps}"] if steps else []
    check = run_train(config, settings, "--check")
    if check.returncode:
        sys.exit(check.stderr.strip())
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
    until = math.inf if steps else time.monotonic() + 60 * minutes
    with training(config, settings) as process:
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.5)
    try:
        return saved_bot(str(folder / "checkpoints"), "jax")
    except UserError as error:
        sys.exit(f"{recipe}: too short a training to save a bot ({error})")


class Results:
    """The lines of a file, one for every player that was measured."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        # the end of a file may have been cut off with the program
        self._known = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def find(self, **key: object) -> Figures | None:
        """The figures of the line that has all of `key`."""
        return next((line["figures"] for line in self._known if key.items() <= line.items()), None)

    def add(self, figures: Figures, **described: object) -> Figures:
        """Write a line, and return its figures."""
        line = {**described, "figures": figures}
        self._known.append(line)
        with self._file.open("a", encoding="utf-8") as file:
            file.write("\n" * _is_cut(self._file) + json.dumps(line) + "\n")
        return figures


def _is_cut(file: Path) -> bool:
    content = file.read_bytes() if file.exists() else b""
    return bool(content) and not content.endswith(b"\n")


def all_figures(
    skills: Sequence[str], seeds: Sequence[int], budget: tuple[int | None, float], matches: int, out: Path
) -> dict[str, list[Figures]]:
    """The figures of each seed, by recipe, and of `random`; what is known already is not trained again."""
    out.mkdir(parents=True, exist_ok=True)
    results, (steps, minutes) = Results(out / "results.jsonl"), budget
    key: dict[str, object] = {"recipe": "random", "matches": matches}
    known = results.find(**key)
    found = {"random": [known or results.add(measure(Random(*SCRIPTED_TIMING), matches), **key)]}
    for seed in seeds:
        for recipe in (BASE, *skills):
            # another config, another run: a line that was made with other weights does not count
            resolved = dump_config(load_config(FOLDER / f"{recipe}.yaml"))
            digest = hashlib.sha256(resolved.encode()).hexdigest()[:16]
            key = {"recipe": recipe, "seed": seed, "matches": matches, "config": digest}
            key |= {"steps": steps} if steps else {"minutes": minutes}
            figures = results.find(**key)
            if figures is None:
                bot = train(recipe, seed, steps, minutes, out / f"{recipe}_{seed}")
                done = bot.policy.description.env_steps
                figures = results.add(measure(bot, matches), **key, done=done, machine=describe_machine())
            found.setdefault(recipe, []).append(figures)
    return found


def table(found: dict[str, list[Figures]], skills: Sequence[str]) -> list[str]:
    """Markdown: the figures of each skill, medians of the seeds, and each seed in brackets."""
    lines = ["| skill | figure | random player | without | with |", "|---|---|---|---|---|"]
    for skill in skills:
        for shown in (*SKILLS[skill], COST):
            cells = [_cell([run.get(shown.figure) for run in found[arm]], shown) for arm in ("random", BASE, skill)]
            lines.append(f"| {skill} | {shown.text} | {' | '.join(cells)} |")
    return lines


def _cell(values: Sequence[float | None], shown: Shown) -> str:
    each = [f"{value:.{shown.digits}f}" if value is not None else "none" for value in values]
    measured = [value for value in values if value is not None]
    if len(each) == 1 or not measured:
        return each[0]
    return f"{np.median(measured):.{shown.digits}f} ({', '.join(each)})"


def main() -> None:
    """Trains, plays and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skills", nargs="+", choices=SKILLS, default=list(SKILLS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, default=10.0, help="of training, each run")
    parser.add_argument("--steps", type=int, help="environment steps of each run, instead of minutes")
    parser.add_argument("--matches", type=int, default=64, help="from kickoffs; arenas of the practices, too")
    parser.add_argument("--plot", type=Path, help="draw what was practised over the training to this PNG")
    parser.add_argument("--out", type=Path, default=Path(".cache/skills"))
    arguments = parser.parse_args()
    budget = (arguments.steps, arguments.minutes)
    found = all_figures(arguments.skills, arguments.seeds, budget, arguments.matches, arguments.out)
    length = f"{arguments.steps:,} steps" if arguments.steps else f"{arguments.minutes:g} minutes"
    print(f"\n{length} of training, seeds {arguments.seeds}, {describe_machine()}\n")
    print("\n".join(table(found, arguments.skills)))
    if arguments.plot:
        from benchmarks.learning.curves import plot_skills

        title = f"{length} of training, seeds {arguments.seeds}: a figure of training, on the run's own start states"
        plot_skills(arguments.out, arguments.skills, BASE, arguments.seeds, arguments.plot, title)


if __name__ == "__main__":
    main()
