"""Writes a bot for RLBot: python -m jaxrl.export checkpoints/best --out my_bot/"""

import argparse
import sys
from pathlib import Path

from jaxrl.errors import UserError
from jaxrl.export.folder import export_folder


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Write a trained bot as a folder that RLBot v5 runs.")
    parser.add_argument("bot", type=Path, help="the folder of a checkpoint")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--name", help="of the bot in the game; that of --out if left out")
    arguments = parser.parse_args()
    try:
        export_folder(arguments.bot, arguments.out, arguments.name or arguments.out.resolve().name)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"--out {arguments.out}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: add its bot.toml in RLBot's GUI (pip install -r {arguments.out}/requirements.txt first)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
