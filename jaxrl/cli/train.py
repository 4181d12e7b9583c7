"""`jaxrl train`: train a bot as a config describes."""

import argparse
from pathlib import Path

from jaxrl.cli import check
from jaxrl.cli.config_options import add_config_options, config_from
from jaxrl.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl train`."""
    parser.description = "Train a Rocket League bot with PPO on RocketSim."
    add_config_options(parser)
    parser.add_argument(
        "--resume",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="CHECKPOINT",
        help="continue from the newest intact checkpoint in the config's folder, or from the one named",
    )
    parser.add_argument(
        "--init-from",
        type=Path,
        metavar="CHECKPOINT",
        help="start a new run from the weights and statistics of an old one",
    )
    parser.add_argument("--check", action="store_true", help="the same as `jaxrl check`: print the resolved config")


def run(arguments: argparse.Namespace) -> int:
    """Train; returns the exit code. Raises UserError where the config is wrong, before JAX is imported."""
    if arguments.resume is not None and arguments.init_from is not None:
        raise UserError("--resume continues a run, --init-from starts a new one: give one of them")
    if arguments.check:
        return check.run(arguments)
    config = config_from(arguments)
    from jaxrl.training.trainer import train  # JAX takes a while to import: not for a config that is wrong

    name = Path(arguments.config).stem
    return train(config, name, resume_from=arguments.resume, weights_from=arguments.init_from).exit_code
