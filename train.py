"""Train a Rocket League bot: python train.py --config configs/final.yaml (the same as `jaxrl train`)."""

import sys

from jaxrl.cli.main import run_command

if __name__ == "__main__":
    sys.exit(run_command("train"))
