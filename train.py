"""Trains a Rocket League bot: python train.py --config configs/final.yaml"""

import argparse
import sys
from pathlib import Path

from jaxrl.config.load import dump_config, load_config
from jaxrl.errors import UserError


def main() -> int:
    """Returns the exit code: 0, 2 for bad input, 1 for failing physics or numbers, 128 + n after signal n."""
    parser = argparse.ArgumentParser(description="Train a Rocket League bot with PPO on RocketSim.")
    parser.add_argument("--config", required=True, metavar="FILE", help="a recipe, such as configs/final.yaml")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="override one value of the config, such as training.n_epochs=2; may be given several times",
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="CHECKPOINT",
        help="go on with the newest intact checkpoint of the config's folder, or with the one named",
    )
    parser.add_argument(
        "--init-from",
        type=Path,
        metavar="CHECKPOINT",
        help="start a new run from the weights and statistics of an old one",
    )
    parser.add_argument("--check", action="store_true", help="print the resolved config and exit without training")
    arguments = parser.parse_args()
    if arguments.resume is not None and arguments.init_from is not None:
        parser.error("--resume goes on with a run, --init-from starts a new one: give one of them")
    sys.path.append(str(Path.cwd()))  # the user's own reward terms and start states may stand here, too
    try:
        config = load_config(arguments.config, arguments.set)
        if arguments.check:
            print(dump_config(config), end="")
            return 0
        from jaxrl.training.trainer import train  # JAX takes a while to import: not for a config that is wrong

        name = Path(arguments.config).stem
        return train(config, name, resume_from=arguments.resume, weights_from=arguments.init_from).exit_code
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # before the run has begun: there is nothing to save yet
        return 130


if __name__ == "__main__":
    sys.exit(main())
