"""`jaxrl bench`: how fast a config trains on this machine."""

import argparse
import statistics

from jaxrl.cli.config_options import add_config_options, config_from
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.streams import tell

WARM_UP = 2  # updates that compile and warm up new arenas


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl bench`."""
    parser.description = "Train a few updates and print how fast this machine is; nothing is saved."
    add_config_options(parser)
    parser.add_argument("--updates", type=int, default=10, help="measured after two that warm up (default: 10)")


def run(arguments: argparse.Namespace) -> int:
    """Print medians over the updates; raises UserError for a config that is wrong or a number below 1."""
    if arguments.updates < 1:
        raise UserError(f"--updates {arguments.updates}: must be 1 or more")
    config = config_from(arguments)
    from jaxrl.training.bench import measure  # JAX takes a while to import: not for a config that is wrong

    device, timings = measure(config, WARM_UP, arguments.updates)
    collect = statistics.median(timing.collect_seconds for timing in timings)
    update = statistics.median(timing.update_seconds for timing in timings)
    tell(f"{device}, {arguments.updates} updates of {config.batch.env_steps:,} steps, medians")
    loop = statistics.median(timing.seconds for timing in timings)
    for name, seconds in (("collect", collect), ("update", update), ("loop", loop)):
        tell(line(name, seconds, config))
    return 0


def line(name: str, seconds: float, config: Config) -> str:
    """`update   6,920 steps/s, 13,841 transitions/s, 0.59 s`, of one part of an update."""
    steps, transitions = config.batch.env_steps / seconds, config.batch.transitions / seconds
    return f"{name:<9}{steps:,.0f} steps/s, {transitions:,.0f} transitions/s, {seconds:.2f} s"
