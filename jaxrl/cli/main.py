"""The `jaxrl` command: finds the subcommand, and turns errors meant for people into one line and an exit code."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import jaxrl
from jaxrl.errors import UserError
from jaxrl.files import check_path, working_folder
from jaxrl.plugins import allow_code
from jaxrl.streams import OutputError, guarded, note

# name: what it does. `jaxrl.cli.<name>` has `add_arguments(parser)` and `run(arguments) -> int`.
COMMANDS = {
    "train": "train a bot",
    "watch": "play a match and show it",
    "dashboard": "show how runs do, on a local page or in the terminal",
    "evaluate": "play matches against one opponent and print what the bot did",
    "strength": "play many matches against several opponents and print a table",
    "ladder": "rate many players on one scale by matches against each other",
    "export": "write a trained bot for RLBot or as ONNX",
    "check": "print the resolved config, or why it cannot start",
    "bench": "measure how fast a config trains here",
    "doctor": "print what a bug report needs, and what is wrong with this machine",
}
WITHOUT_BOTS = ("doctor", "dashboard")
INTERRUPTED = 130  # exit code after Ctrl-C where there is nothing to save


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `jaxrl` with `arguments` (default: those of the process).

    Returns the exit code: 0, 2 for bad input, 1 for anything else that failed, 128 + n after signal n.
    """
    return guarded(lambda: _find_and_run(arguments))


def _find_and_run(arguments: Sequence[str] | None) -> int:
    width = max(map(len, COMMANDS)) + 2
    parser = argparse.ArgumentParser(
        prog="jaxrl",
        description="Train Rocket League bots with PPO on RocketSim.",
        epilog="\n".join(["commands:", *(f"  {name:<{width}}{text}" for name, text in COMMANDS.items())])
        + "\n\n`jaxrl COMMAND --help` lists the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"jaxrl {jaxrl.__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    words = sys.argv[1:] if arguments is None else list(arguments)
    if not words:
        parser.error(f"which command? {', '.join(COMMANDS)}")
    parsed = parser.parse_args(words)
    return _run(parsed.command, parsed.rest, prog=f"jaxrl {parsed.command}")


def run_command(name: str, arguments: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run one subcommand; returns the exit code. Only its own module is imported: --help stays quick."""
    return guarded(lambda: _run(name, arguments, prog))


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    """Add all options of a subcommand."""
    importlib.import_module(f"jaxrl.cli.{name}").add_arguments(parser)
    if name not in WITHOUT_BOTS:
        parser.add_argument(
            "--allow-code",
            action="append",
            default=[],
            metavar="NAME",
            help="package.module:function of your own or that you have read, which a saved bot needs to see",
        )


def _run(name: str, arguments: Sequence[str] | None, prog: str | None) -> int:
    command = importlib.import_module(f"jaxrl.cli.{name}")
    parser = argparse.ArgumentParser(prog=prog)
    add_arguments(name, parser)
    parsed = parser.parse_args(arguments)
    try:
        sys.path.append(str(working_folder()))  # the user's own reward terms and start states may be here
        for path in getattr(parsed, "allow_code", ()):
            allow_code(path)
        for value in vars(parsed).values():
            if isinstance(value, Path):
                check_path(value)
        return command.run(parsed)
    except OutputError:
        raise
    except UserError as error:
        note(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
