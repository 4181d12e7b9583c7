"""A screenshot of TensorBoard's custom scalars for the runs in a folder, as in docs/images/tensorboard.png.

python -m benchmarks.tensorboard_page logs --png docs/images/tensorboard.png

Needs Debian's chromium and chromium-driver.
"""

import argparse
import time
from pathlib import Path

from benchmarks.tools.browser import chromium, drawn_custom_scalars, has_chromium, tensorboard

ANIMATION_SECONDS = 5.0  # lines grow into their charts


def main() -> None:
    """Start server and browser, and save what they show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path)
    parser.add_argument("--png", type=Path, required=True)
    arguments = parser.parse_args()
    if not arguments.logs.is_dir():
        parser.error(f"{arguments.logs} is not a folder")
    if not has_chromium():
        parser.error("needs Debian's chromium and chromium-driver: apt-get install chromium chromium-driver")
    with tensorboard(arguments.logs) as address, chromium(1500, 1350) as browser:
        drawn_custom_scalars(browser, address)
        time.sleep(ANIMATION_SECONDS)
        arguments.png.parent.mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(str(arguments.png))
    print(f"screenshot: {arguments.png}")


if __name__ == "__main__":
    main()
