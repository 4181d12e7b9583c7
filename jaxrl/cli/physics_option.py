"""The option of every command that plays matches: in which physics."""

import argparse

from jaxrl.game.physics import ENGINES, Engine, Physics
from jaxrl.sim.engine import engine_for, resolve


def add_physics_option(parser: argparse.ArgumentParser) -> None:
    """Add `--physics`."""
    parser.add_argument("--physics", choices=ENGINES, help="to play in (default: the one that trained the bot)")


def physics_from(arguments: argparse.Namespace, trained_in: Physics) -> Engine:
    """The physics asked for, or else that of the bot, which was trained in `trained_in`.

    Says in a line if the bot's own is not installed. Raises UserError if the one asked for is not.
    """
    asked: Engine | None = arguments.physics
    return engine_for(trained_in) if asked is None else resolve(asked, "--physics")
