"""The matches that docs/skills.md shows: each bot of `benchmarks.skills` with a seed, recorded for the docs.

    python -m benchmarks.skill_pages .cache/skills --seed 0

Each is a page of the docs, docs/skills/SKILL.json.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.learning.skills import SKILLS
from benchmarks.tools.recorded import record

MATCH = ["--opponent", "chaser", "--minutes", "0.5"]
STARTS = {"half_flips": "half_flip", "aerials": "high_ball", "recoveries": "recovery", "saves": "goalie"}


def main() -> int:
    """Play and write; returns an exit code other than 0 where that fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="--out of benchmarks.skills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("docs/skills"))
    arguments = parser.parse_args()
    for skill in SKILLS:
        with tempfile.TemporaryDirectory() as folder:
            bot = Path(folder, skill)  # a bot is called what its folder is called
            trained = arguments.folder / f"{skill}_{arguments.seed}/checkpoints/final"
            shutil.copytree(trained, bot, ignore=shutil.ignore_patterns("state"))
            what = ["--start", STARTS[skill]] if skill in STARTS else MATCH
            if code := record([str(bot), *what, "--seed", "1"], arguments.out / f"{skill}.json"):
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
