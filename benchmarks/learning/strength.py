"""Another name of `jaxrl strength`, with the options it had as a benchmark.

python -m benchmarks.strength pretrained/duel
"""

import argparse
import sys

from jaxrl.cli.main import main as jaxrl
from jaxrl.cli.strength import AGAINST


def main() -> int:
    """Run `jaxrl strength`; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a checkpoint, or a bot of pretrained/")
    parser.add_argument("--matches", type=int, default=200)
    parser.add_argument("--opponents", nargs="+", default=AGAINST, help="also folders of other bots")
    parser.add_argument("--figures", action="store_true", help="print all figures of play")
    arguments = parser.parse_args()
    options = ["--matches", str(arguments.matches), *["--figures"] * arguments.figures]
    return jaxrl(["strength", arguments.folder, *options, "--against", *arguments.opponents])


if __name__ == "__main__":
    sys.exit(main())
