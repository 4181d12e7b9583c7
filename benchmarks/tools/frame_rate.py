"""How many frames a second the page of a match draws while it plays, from each camera, and what draws them.

    jaxrl watch pretrained/duel --opponent chaser --out match.html
    python -m benchmarks.frame_rate match.html --gpu

Needs Debian's chromium and chromium-driver. Without --gpu, or where it has no graphics card, the processor draws.
"""

import argparse
import statistics
import time
from pathlib import Path

from benchmarks.tools.browser import chromium, has_chromium, wait_until
from jaxrl.watch.pictures import CAMERAS

PATIENCE = 60.0  # seconds
FROM = 5.0  # second of the match: after the first kickoff
RENDERER = """
    const gl = viewer.renderer.getContext(), info = gl.getExtension("WEBGL_debug_renderer_info");
    return gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
"""
COUNT = """
    viewer.seek(arguments[0]);
    viewer.look(arguments[1]);
    viewer.playing = true;
    window.frames_ms = [];
    let last = performance.now(), playing = window.counting = {};
    const step = (now) => {
        if (window.counting !== playing) return;
        frames_ms.push(now - last);
        last = now;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
"""


def main() -> None:
    """Play the match from every camera, and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("match", type=Path)
    parser.add_argument("--gpu", action="store_true", help="let a graphics card draw, where there is one")
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 720), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--seconds", type=float, default=5.0, help="of each camera (default: 5)")
    arguments = parser.parse_args()
    if not has_chromium():
        parser.error("needs Debian's chromium and chromium-driver: apt-get install chromium chromium-driver")
    width, height = arguments.size
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    with chromium(width, height, arguments.gpu) as browser:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(arguments.match.absolute().as_uri())
        wait_until(lambda: browser.execute_script("return Boolean(window.viewer)"), PATIENCE)
        print(f"{width} x {height}, drawn by {browser.execute_script(RENDERER)}")
        for camera in CAMERAS:
            browser.execute_script(COUNT, FROM, camera)
            time.sleep(arguments.seconds)
            took = browser.execute_script("window.counting = null; return frames_ms")[1:]
            slow = statistics.quantiles(took, n=20)[-1]
            print(f"{camera:<5} {1000 / statistics.mean(took):.0f} frames a second, 95% of them within {slow:.0f} ms")


if __name__ == "__main__":
    main()
