"""`jaxrl export`: write a bot for others to run.

For RLBot: jaxrl export checkpoints/best --out my_bot/
For any language: jaxrl export checkpoints/best --onnx --out my_bot.onnx
"""

import argparse
import shlex
from pathlib import Path

from jaxrl.bots.best import check_best
from jaxrl.deploy.onnx.model import export_onnx
from jaxrl.deploy.rlbot.folder import export_folder
from jaxrl.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl export`."""
    parser.description = "Write a trained bot as a folder that RLBot v5 runs, or as ONNX."
    parser.add_argument("bot", type=Path, help="the folder of a checkpoint")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write; with --onnx the file")
    parser.add_argument("--name", help="the bot's name in the game (default: the name of --out)")
    parser.add_argument("--onnx", action="store_true", help="one file for onnxruntime: raw states in, controls out")


def run(arguments: argparse.Namespace) -> int:
    """Write the bot and say what to do with it; raises UserError where that is impossible."""
    if arguments.onnx and arguments.name:
        raise UserError("--name: an ONNX model has no name; leave it out with --onnx")
    check_best(arguments.bot)
    try:
        if arguments.onnx:
            export_onnx(arguments.bot, arguments.out)
        else:
            export_folder(arguments.bot, arguments.out, arguments.name or arguments.out.resolve().name)
    except OSError as error:
        raise UserError(f"--out {arguments.out}: {error.strerror}") from error
    if arguments.onnx:
        print(f"{arguments.out}: checked with onnxruntime; its metadata say what goes in and what comes out")
        return 0
    requirements = shlex.quote(str(arguments.out / "requirements.txt"))
    print(f"{arguments.out}: add its bot.toml in RLBot's GUI (pip install -r {requirements} first)")
    return 0
