"""`jaxrl check`: print the resolved config, or say in one line what is wrong with it or keeps it from starting."""

import argparse

from jaxrl.cli.config_options import add_config_options, config_from
from jaxrl.config.load import dump_config
from jaxrl.streams import write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl check`."""
    parser.description = "Print the resolved config without training, or say why the run could not start."
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the config with everything it extends and overrides; raises UserError if it is wrong or cannot start."""
    config = config_from(arguments)
    from jaxrl.training.check import check_run  # JAX takes a while to import: not for a config that is wrong

    found = check_run(config)
    write(dump_config(config) + "".join(f"# {line}\n" for line in found))
    return 0
