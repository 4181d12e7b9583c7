"""The matches that docs/skills.md shows: each bot of `benchmarks.skills` with a seed, recorded for the docs.

    python -m benchmarks.skill_pages .cache/skills --seed 0

Writes what `jaxrl watch` puts into a page, without the viewer: the docs are built with the one of the day.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.learning.skills import SKILLS
from jaxrl.cli.main import main as jaxrl

MATCH = ["--opponent", "chaser", "--minutes", "0.5"]
STARTS = {"half_flips": "half_flip", "aerials": "high_ball", "recoveries": "recovery", "saves": "goalie"}
DATA = re.compile(r'<script id="match" type="application/json">(.*?)</script>', re.DOTALL)


def main() -> int:
    """Play and write; returns an exit code other than 0 where that fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="--out of benchmarks.skills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("docs/skills"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for skill in SKILLS:
        with tempfile.TemporaryDirectory() as folder:
            bot = Path(folder, skill)  # a bot is called what its folder is called
            trained = arguments.folder / f"{skill}_{arguments.seed}/checkpoints/final"
            shutil.copytree(trained, bot, ignore=shutil.ignore_patterns("state"))
            page = Path(folder, "page.html")
            what = ["--start", STARTS[skill]] if skill in STARTS else MATCH
            if code := jaxrl(["watch", str(bot), *what, "--seed", "1", "--out", str(page)]):
                return code
            found = DATA.search(page.read_text(encoding="utf-8"))
        assert found is not None, "a page of `jaxrl watch` holds its match"
        (arguments.out / f"{skill}.json").write_text(json.dumps(json.loads(found[1])) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
