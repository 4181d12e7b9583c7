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
from jaxrl.streams import tell

GREEDY = (
    "it always takes the most likely action; figures of evaluate, strength and TensorBoard are of sampled play "
    "(--sampled, or with --onnx a draw from the logits)"
)
SAMPLED = "it draws its actions, as in training and in all figures (--greedy always takes the most likely one)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl export`."""
    parser.description = "Write a trained bot as a folder that RLBot v5 runs, or as ONNX."
    parser.add_argument("bot", type=Path, help="the folder of a checkpoint, or of many: the newest")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write; with --onnx the file")
    parser.add_argument("--name", help="the bot's name in the game (default: the name of --out)")
    play = parser.add_mutually_exclusive_group()
    play.add_argument("--greedy", action="store_true", help="always take the most likely action (the default)")
    play.add_argument("--sampled", action="store_true", help="draw actions as in training and in all figures")
    parser.add_argument("--onnx", action="store_true", help="one file for onnxruntime: raw states in, controls out")


def run(arguments: argparse.Namespace) -> int:
    """Write the bot and say what to do with it; raises UserError where that is impossible."""
    if arguments.onnx and arguments.name:
        raise UserError("--name: an ONNX model has no name; leave it out with --onnx")
    check_best(arguments.bot)
    if arguments.onnx and arguments.sampled:
        raise UserError("--sampled: an ONNX model has no dice; draw from its logits, and leave it out with --onnx")
    out: Path = arguments.out
    try:
        if arguments.onnx:
            taken = export_onnx(arguments.bot, out)
        else:
            taken = export_folder(arguments.bot, out, arguments.name or out.resolve().name, arguments.sampled)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}") from error
    if arguments.onnx:
        tell(f"{out}, of {taken}: checked with onnxruntime; its metadata say what goes in and what comes out")
    else:
        tell(f"{out}, of {taken}: add its bot.toml in RLBot's GUI; its README.md says how, step by step")
        tell(f"first: pip install -r {shlex.quote(str(out / 'requirements.txt'))}")
    tell(SAMPLED if arguments.sampled else GREEDY)
    return 0
