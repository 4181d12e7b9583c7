"""`jaxrl train`: train a bot as a config describes."""

import argparse
import os
import shlex
import signal
import sys
from pathlib import Path

from jaxrl.cli import check
from jaxrl.cli.config_options import add_config_options, config_from
from jaxrl.cli.dashboard import PORT
from jaxrl.errors import UserError
from jaxrl.streams import note


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
        help="continue from the newest intact checkpoint in the config's folder, or in the one named, or from that",
    )
    parser.add_argument(
        "--init-from",
        type=Path,
        metavar="CHECKPOINT",
        help="start a new run from the weights and statistics of an old one",
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="collect on the nodes of a Ray cluster: auto (this machine is one of it), HOST:PORT or ray://HOST:PORT",
    )
    parser.add_argument(
        "--coordinator",
        metavar="ADDRESS",
        help="learn together with other hosts, on each of which this command runs: HOST:PORT of host 0, or auto, where "
        "Slurm or Open MPI has started them",
    )
    parser.add_argument("--num-hosts", type=int, metavar="N", help="how many hosts that are")
    parser.add_argument("--host", type=int, metavar="I", help="which of them this is: 0 logs, evaluates and saves")
    parser.add_argument(
        "--dashboard",
        nargs="?",
        type=int,
        const=PORT,
        metavar="PORT",
        help=f"serve a page of the run to this machine, see `jaxrl dashboard` (default: {PORT}; 0 takes any free)",
    )
    parser.add_argument("--check", action="store_true", help="the same as `jaxrl check`: print the resolved config")


def run(arguments: argparse.Namespace) -> int:
    """Train; returns the exit code. Raises UserError where the config is wrong, before JAX is imported."""
    if arguments.resume is not None and arguments.init_from is not None:
        raise UserError("--resume continues a run, --init-from starts a new one: give one of them")
    if arguments.coordinator is None and (arguments.num_hosts is not None or arguments.host is not None):
        raise UserError("--num-hosts and --host need --coordinator, HOST:PORT of host 0")
    if arguments.coordinator is not None and arguments.cluster is not None:
        raise UserError("--coordinator is of hosts that learn together, --cluster of nodes that collect: give one")
    if arguments.dashboard is not None and not 0 <= arguments.dashboard < 2**16:
        raise UserError(f"--dashboard {arguments.dashboard}: must be 0 to 65535")
    if arguments.check:
        return check.run(arguments)
    config = config_from(arguments)
    from jaxrl.training.trainer import train  # JAX takes a while to import: not for a config that is wrong

    if arguments.coordinator is not None:
        from jaxrl.training.hosts.join import Address, join

        join(Address(arguments.coordinator, arguments.num_hosts, arguments.host), config)
    name = Path(arguments.config).stem
    result = train(config, name, arguments.resume, arguments.init_from, arguments.cluster, arguments.dashboard)
    if result.stopped and result.checkpoint is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # everything is saved; let the process tidy up
        folder = result.checkpoint.parent
        elsewhere = [] if folder == Path(config.logging.checkpoint_dir) else [f"logging.checkpoint_dir={folder}"]
        note(f"continue with: {resume_command(arguments.config, [*arguments.set, *elsewhere])}")
    return result.exit_code


def resume_command(config: str, overrides: list[str]) -> str:
    """The command, for a shell in the same folder, that continues a run of `config`."""
    started = Path(sys.argv[0])
    words = ["python", str(started)] if started.name == "train.py" else ["jaxrl", "train"]
    if "UV" in os.environ:  # set by `uv run`
        words = ["uv", "run", "--no-sync", *words]  # a sync would replace libraries that are in use
    pairs = [word for text in overrides for word in ("--set", text)]
    return shlex.join([*words, "--config", config, *pairs, "--resume"])
