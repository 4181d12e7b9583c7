"""Is it the same game? RocketSim 2 and 3 with the same states and controls, side by side.

    python -m benchmarks.parity
    python -m benchmarks.parity --only flip --variations 4
    python -m benchmarks.parity --bot pretrained/duel --matches 200

Needs `pip install ./native`. Prints Markdown: how far apart both are after 0.1 to 5 seconds, median and largest of the
variations of each scenario, beside how far apart RocketSim 2 gets from itself when car and ball start 0.001 uu aside;
then what happens when, and what it leads to. With --bot: whether a bot is as strong in one as in the other.
"""

import argparse
import sys

from tqdm import tqdm

from benchmarks.parity.bot import compare_bot
from benchmarks.parity.distances import QUANTITIES, distances
from benchmarks.parity.events import compare
from benchmarks.parity.places import print_places, print_reach
from benchmarks.parity.play import play, three, two
from benchmarks.parity.scenarios import AREAS
from benchmarks.parity.tables import print_distances, print_events
from jaxrl.errors import UserError
from jaxrl.sim.engine import resolve

ASIDE = 0.001  # uu


def compare_engines(only: str, variations: int) -> None:
    """Play all scenarios whose name has `only` in it, and print the tables."""
    apart: dict[str, list] = {}
    happened: dict[str, list] = {}
    chosen = [(area, one) for area, scenarios in AREAS.items() for one in scenarios if only in one.name]
    for area, scenario in tqdm(chosen, unit="scenario"):
        old, new = play(two, scenario, variations), play(three, scenario, variations)
        aside = play(two, scenario, variations, ASIDE)
        found = (scenario, distances(scenario, old, new), distances(scenario, old, aside))
        apart.setdefault(area, []).append(found)
        for name in scenario.events:
            events = (scenario, name, compare(name, old, new), compare(name, old, aside))
            happened.setdefault(area, []).append(events)
    print(f"{variations} variations of each scenario")
    for quantity in QUANTITIES:
        print_distances(quantity, apart)
    print("\n**What happens when**: the first time of each event; ticks are 1/120 s, median (smallest to largest)\n")
    print_events(happened)


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="scenarios with this in their name")
    parser.add_argument("--variations", type=int, default=24, help="of each scenario")
    parser.add_argument("--bot", help="a bot's folder: play matches in both engines instead")
    parser.add_argument("--against", nargs="+", default=["chaser"], help="opponents of the bot")
    parser.add_argument("--matches", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=5, help="of game a match")
    arguments = parser.parse_args()
    try:
        resolve("rocketsim3", "physics")
        if arguments.bot:
            compare_bot(arguments.bot, arguments.against, arguments.matches, arguments.minutes)
        else:
            compare_engines(arguments.only, arguments.variations)
            if not arguments.only:
                print_places()
                print_reach()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
