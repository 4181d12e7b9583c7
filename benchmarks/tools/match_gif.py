"""An animated picture of a recorded match, for the README.

    jaxrl watch pretrained/duel --opponent chaser --minutes 2 --seed 1 --out match.html
    python -m benchmarks.match_gif match.html --out docs/images/match.webp

Shows the seconds round a goal, frame by frame. Needs Debian's chromium and chromium-driver.
"""

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from selenium import webdriver

from benchmarks.tools.browser import chromium

# What is not part of the game: bars, buttons, charts. The field then fills the window.
BARE = """
    for (const id of ["bar", "side", "title", "state"]) document.getElementById(id).style.display = "none";
    document.body.style.display = "block";
    document.getElementById("head").style.cssText = // the score alone, over the field
        "position: fixed; inset: 0 0 auto; display: flex; justify-content: center; background: none";
    document.getElementById("stage").style.cssText = "position: fixed; inset: 0";
    viewer.playing = false;
    viewer.look(arguments[0]);
    viewer.resize();
"""
GOALS = "return viewer.match.times.filter((_, i) => viewer.match.cuts[i]);"
FRAME = "viewer.seek(arguments[0]); for (let i = 0; i < 3; i++) viewer.draw();"


def frames(browser: webdriver.Chrome, times: list[float]) -> Iterator[Image.Image]:
    """What the page shows at each of `times` (seconds of game)."""
    for time in times:
        browser.execute_script(FRAME, time)
        yield Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")


def main() -> None:
    """Draw the frames and write them as one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("match", type=Path)
    parser.add_argument("--out", type=Path, default=Path("match.webp"), help="WebP or GIF, by its ending")
    parser.add_argument("--goal", type=int, default=0, help="which goal of the match (default: 0, the first)")
    parser.add_argument("--before", type=float, default=7.0, help="seconds before the goal")
    parser.add_argument("--after", type=float, default=-0.1, help="seconds after it")
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument("--width", type=int, default=720, help="pixels; the height is 9/16 of it")
    parser.add_argument("--camera", default="ball", choices=("ball", "car", "free", "top", "goal"))
    parser.add_argument("--quality", type=int, default=70, help="of WebP, 0 to 100")
    arguments = parser.parse_args()
    width, height = arguments.width, arguments.width * 9 // 16
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    with chromium(width, height) as browser:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)  # the window is smaller by its frame
        browser.get(arguments.match.absolute().as_uri())
        browser.execute_script(BARE, arguments.camera)
        goal = browser.execute_script(GOALS)[arguments.goal]
        count = round((arguments.before + arguments.after) * arguments.fps)
        times = [goal - arguments.before + i / arguments.fps for i in range(count)]
        first, *others = frames(browser, times)
    options = {"quality": arguments.quality, "method": 6} if arguments.out.suffix == ".webp" else {"optimize": True}
    first.save(
        arguments.out, save_all=True, append_images=others, duration=round(1000 / arguments.fps), loop=0, **options
    )
    print(f"{arguments.out}: {count} frames, {arguments.out.stat().st_size / 2**20:.1f} MB")


if __name__ == "__main__":
    main()
