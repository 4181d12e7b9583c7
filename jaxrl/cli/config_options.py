"""The options `--config` and `--set`, shared by every command that reads a config."""

import argparse

from jaxrl.config.load import load_config
from jaxrl.config.schema import Config


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add `--config` and `--set` to `parser`."""
    parser.add_argument(
        "--config", required=True, metavar="NAME", help="a recipe such as final, or a file such as my_bot.yaml"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="override one value of the config, such as training.n_epochs=2; may be given several times",
    )


def config_from(arguments: argparse.Namespace) -> Config:
    """Load the config that the options name; raises UserError with one line where it is wrong."""
    return load_config(arguments.config, arguments.set)
