"""The matches that the docs show of the strongest bot: against `duel`, and against Nexto at two paces.

    python -m benchmarks.match_pages pretrained/whole_game --nexto nexto-model.pt

Each is a page of the docs, docs/matches/NAME.json. Nexto's weights are the user's own: docs/extend/opponents.md.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.tools.recorded import record


def main() -> int:
    """Play and write; returns an exit code other than 0 where that fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bot", type=Path)
    parser.add_argument("--nexto", type=Path, help="its weights; without them only the match against duel")
    parser.add_argument("--out", type=Path, default=Path("docs/matches"))
    arguments = parser.parse_args()
    opponents = {"duel": "pretrained/duel"}
    if arguments.nexto:
        opponents |= {"nexto_2": f"nexto:{arguments.nexto}@2", "nexto": f"nexto:{arguments.nexto}"}
    for name, opponent in opponents.items():
        watch = [str(arguments.bot), "--opponent", opponent, "--minutes", "1", "--seed", "1"]
        if code := record(watch, arguments.out / f"{name}.json"):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
