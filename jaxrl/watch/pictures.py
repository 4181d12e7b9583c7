"""Pictures of a match: its page in a headless Chromium, shown second by second, as PNG, GIF, WebP or MP4.

The seconds are those of the match, not of the clock: the same page gives the same picture, however busy the machine is.
"""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from jaxrl.errors import UserError
from jaxrl.files import write_whole
from jaxrl.watch.chromium import Tab, open_tab
from jaxrl.watch.ffmpeg import mp4

CAMERAS = ("ball", "car", "free", "top", "goal")  # as in viewer/src/cameras.js
# seconds from frame to frame: a GIF counts hundredths
PERIODS = {".gif": 0.07, ".webp": 0.07, ".mp4": 1 / 30}
WIDTHS = {".gif": 720, ".webp": 720, ".mp4": 1280, ".png": 1280}  # pixels, where none are asked for
BEFORE_GOAL = 2.0  # seconds from the picture that is shown by default to the first goal
PALETTE_FRAMES = 8
QUALITY = 60  # of WebP, 0 to 100

# The scene alone fills the window. It stands still but for `SHOW`: turns of ball and wheels add up from one picture
# to the next, so that one more would show.
PREPARE = """(() => {
    if (!window.viewer) throw new Error(document.getElementById("state").textContent || "no match in it");
    document.body.classList.add("picture");
    viewer.look(%s);
    viewer.resize();
    return [viewer.match.end, viewer.goals.map((goal) => goal.time), viewer.hold];
})()"""
SHOW = "viewer.seek(%r); viewer.draw()"  # the camera is at once where it should be
PLAY = "viewer.advance(%r); viewer.draw(%r)"  # seconds: the camera turns, and a goal is seen, as while the page plays


class Wanted(NamedTuple):
    """What is to be shown of a match, in files of the kinds that their endings name."""

    paths: tuple[Path, ...]
    at: float | None  # second of the match; None: shortly before the first goal
    length: float  # seconds of a film
    width: int | None  # pixels, even; None: as in WIDTHS
    camera: str


class Size(NamedTuple):
    """The width and height of a picture, in pixels."""

    width: int
    height: int


def size_of(wanted: Wanted, path: Path) -> Size:
    """The size of a picture, nearly 16:9; both are even, as films need it."""
    width = wanted.width or WIDTHS[path.suffix]
    return Size(width, 2 * round(width * 9 / 32))


def write_picture(html: str, path: Path, wanted: Wanted, show: Callable[[float], None]) -> str:
    """Draw one of the files that are wanted from a match's page, and write it whole or not at all.

    `show` is called with the share that is drawn, 0 to 1. Returns what it is in words. Raises UserError where a program
    is missing, where the match is over before, or where the file cannot be written.
    """
    size = size_of(wanted, path)
    with open_tab(*size) as tab:
        tab.load(html)
        end, goals, hold = tab.run(PREPARE % json.dumps(wanted.camera))
        if wanted.at is not None and wanted.at > end:
            raise UserError(f"--at {wanted.at:g}: the match ends at {end:g} s")
        if path.suffix == ".png":
            first = wanted.at if wanted.at is not None else max(goals[0] - BEFORE_GOAL, 0) if goals else 0
            data, what = shown(tab, first), f"second {first:.1f}"
        else:
            # by default the first goal ends it, with the moment for which that stands
            first = wanted.at if wanted.at is not None else max(goals[0] + hold - wanted.length, 0) if goals else 0
            there_is = end - first + hold * sum(goal > first for goal in goals)
            period = PERIODS[path.suffix]
            count = max(round(min(wanted.length, there_is) / period), 1)
            data = film(tab, path.suffix, first, count, period, show)
            last = tab.run(f"viewer.time + (viewer.held === undefined ? {period} : 0)")
            what = f"second {first:.1f} to {last:.1f}, {count} frames"
    try:
        write_whole(path, data)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error
    return f"{what}, {size.width} x {size.height}, {len(data) / 2**20:.1f} MB"


def film(tab: Tab, kind: str, first: float, count: int, period: float, show: Callable[[float], None]) -> bytes:
    """A film as a file of `kind`: `count` pictures of what a prepared page plays from second `first` on."""

    def pictures(count: int, period: float) -> Iterator[bytes]:
        yield shown(tab, first)
        for k in range(1, count):
            show(k / count)
            tab.run(PLAY % (period, period))
            yield tab.picture()

    if kind == ".mp4":
        return mp4(pictures(count, period), round(1 / period))
    if kind == ".webp":
        return animated(map(opened, pictures(count, period)), "WEBP", period, quality=QUALITY, method=4)
    # One palette for all frames: what does not move keeps its colors, and costs nothing.
    few = min(count, PALETTE_FRAMES)
    palette = colors([*map(opened, pictures(few, period * count / few))])
    frames = (opened(data).quantize(palette=palette, dither=Image.Dither.NONE) for data in pictures(count, period))
    return animated(frames, "GIF", period, optimize=False)


def shown(tab: Tab, time: float) -> bytes:
    """What a prepared page shows at a second of the match, as PNG."""
    tab.run(SHOW % time)
    return tab.picture()


def opened(png: bytes) -> Image.Image:
    """A picture without its transparency: there is none."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def colors(samples: list[Image.Image]) -> Image.Image:
    """The 256 colors that come nearest to those of all samples, as a palette."""
    width, height = samples[0].size
    strip = Image.new("RGB", (width, height * len(samples)))
    for k, sample in enumerate(samples):
        strip.paste(sample, (0, k * height))
    return strip.quantize(256, method=Image.Quantize.MEDIANCUT)


def animated(frames: Iterator[Image.Image], kind: str, period: float, **options: int) -> bytes:
    """A file of frames that are shown for `period` seconds each, again and again."""
    file = io.BytesIO()
    first = next(frames)
    first.save(file, kind, save_all=True, append_images=frames, duration=round(1000 * period), loop=0, **options)
    return file.getvalue()
