"""Writes a bot for others to run.

For RLBot: python -m jaxrl.export checkpoints/best --out my_bot/
For any language: python -m jaxrl.export checkpoints/best --onnx --out my_bot.onnx
"""

import argparse
import shlex
import sys
from pathlib import Path

from jaxrl.deploy.onnx.model import export_onnx
from jaxrl.deploy.rlbot.folder import export_folder
from jaxrl.errors import UserError


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Write a trained bot as a folder that RLBot v5 runs, or as ONNX.")
    parser.add_argument("bot", type=Path, help="the folder of a checkpoint")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write; with --onnx the file")
    parser.add_argument("--name", help="of the bot in the game; that of --out if left out")
    parser.add_argument("--onnx", action="store_true", help="one file for onnxruntime: raw states in, controls out")
    arguments = parser.parse_args()
    try:
        if arguments.onnx:
            if arguments.name:
                raise UserError("--name: a model has none; leave it out with --onnx")
            export_onnx(arguments.bot, arguments.out)
        else:
            export_folder(arguments.bot, arguments.out, arguments.name or arguments.out.resolve().name)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"--out {arguments.out}: {error.strerror}", file=sys.stderr)
        return 2
    if arguments.onnx:
        print(f"{arguments.out}: checked with onnxruntime; its metadata say what goes in and what comes out")
        return 0
    requirements = shlex.quote(str(arguments.out / "requirements.txt"))
    print(f"{arguments.out}: add its bot.toml in RLBot's GUI (pip install -r {requirements} first)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
