"""`jaxrl check`: print the resolved config, or say in one line what is wrong with it."""

import argparse

from jaxrl.cli.config_options import add_config_options, config_from
from jaxrl.config.load import dump_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl check`."""
    parser.description = "Print the resolved config without training."
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the config with everything it extends and overrides; raises UserError where it is wrong."""
    print(dump_config(config_from(arguments)), end="")
    return 0
