"""`jaxrl evaluate`: play matches against one opponent and print what a bot did, with 95% intervals.

jaxrl evaluate checkpoints/best --opponent chaser --matches 100
"""

import argparse

from jaxrl.bots.players import PLAYERS, physics_of, pinned
from jaxrl.cli.physics_option import physics_from
from jaxrl.cli.strength import add_match_arguments, check_match_arguments
from jaxrl.sim.engine import NAMES
from jaxrl.streams import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl evaluate`."""
    parser.description = "Play matches from kickoffs, half of them as orange, and print what the bot did."
    parser.add_argument("bot", help=PLAYERS)
    parser.add_argument("--opponent", default="idle", help="a player, too (default: idle)")
    add_match_arguments(parser, matches=100)


def run(arguments: argparse.Namespace) -> int:
    """Play and print; returns the exit code. Raises UserError for a player that cannot play."""
    check_match_arguments(arguments)
    # they import JAX: --help and wrong options stay quick
    from jaxrl.matches.statistics import rate, share
    from jaxrl.matches.strength import strength, verdict
    from jaxrl.training.device import find_device

    find_device()
    bot, opponent, matches = pinned(arguments.bot), pinned(arguments.opponent), arguments.matches
    physics = physics_from(arguments, physics_of([bot, opponent]))
    ((_, found),) = strength(bot, [opponent], matches, arguments.minutes, physics=physics)
    speed = rate(found.approach, 60 * found.minutes)
    figures = {
        "won": share(found.wins, matches).percent,
        "drawn": share(found.draws, matches).percent,
        "lost": share(found.losses, matches).percent,
        "goals for": f"{rate(found.goals, 1)} a match",
        "goals against": f"{rate(found.against, 1)} a match",
        "touches": f"{rate(found.touches, found.minutes)} a minute and car",
        "speed towards the ball": f"{speed.mean:.0f} ({speed.low:.0f} to {speed.high:.0f}) uu/s",
        "in short": verdict(found),
    }
    tell(f"{bot} against {opponent}, {matches} matches of {arguments.minutes:g} minutes from standard kickoffs")
    tell(f"in {NAMES[physics]}, with 95% intervals, actions sampled\n")
    width = max(map(len, figures))
    for name, figure in figures.items():
        tell(f"{name:<{width}}  {figure}")
    return 0
