"""A screenshot of a recorded match, for the docs.

    jaxrl watch pretrained/duel --opponent chaser --out match.html
    python -m benchmarks.match_page match.html --png docs/images/match.png

Shows the moment before the first goal, from behind the first car. Needs Debian's chromium and chromium-driver.
"""

import argparse
from pathlib import Path

from benchmarks.tools.browser import chromium

SHOW = """
    const goal = viewer.match.times.findIndex((_, i) => viewer.match.cuts[i]);
    viewer.playing = false;
    viewer.seek(goal < 0 ? viewer.match.end / 2 : viewer.match.times[goal] - arguments[0]);
    viewer.look(arguments[1]);
    viewer.draw();
"""


def main() -> None:
    """Take the screenshot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("match", type=Path)
    parser.add_argument("--png", type=Path, default=Path("match.png"))
    parser.add_argument("--camera", default="ball", choices=("ball", "car", "free", "top", "goal"))
    parser.add_argument("--before", type=float, default=2.2, help="seconds before the first goal")
    arguments = parser.parse_args()
    with chromium(1400, 800) as browser:
        browser.get(arguments.match.absolute().as_uri())
        browser.execute_script(SHOW, arguments.before, arguments.camera)
        browser.save_screenshot(str(arguments.png))
    print(arguments.png)


if __name__ == "__main__":
    main()
