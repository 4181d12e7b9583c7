"""The options of `jaxrl watch` that make pictures of a match."""

import argparse
from pathlib import Path

from jaxrl.errors import UserError
from jaxrl.files import check_replaceable
from jaxrl.report.progress import PassingBar
from jaxrl.streams import tell
from jaxrl.watch.chromium import find_chromium
from jaxrl.watch.ffmpeg import find_ffmpeg
from jaxrl.watch.pictures import CAMERAS, PERIODS, Wanted, write_picture

ENDINGS = {"gif": (".gif", ".webp"), "mp4": (".mp4",), "png": (".png",)}
LENGTH = 7.0  # seconds
MAX_LENGTH = 60.0  # seconds: a GIF of them is built in memory
MIN_WIDTH, MAX_WIDTH = 160, 3840  # pixels


def add_picture_options(parser: argparse.ArgumentParser) -> None:
    """Add --gif, --mp4, --png, and what they show."""
    group = parser.add_argument_group("pictures of the match, drawn by Chromium; a page only with --out")
    group.add_argument("--gif", type=Path, metavar="FILE", help="an animated picture: .gif, or .webp, a third as large")
    group.add_argument("--mp4", type=Path, metavar="FILE", help="a film, made by ffmpeg")
    group.add_argument("--png", type=Path, metavar="FILE", help="one picture")
    group.add_argument("--at", type=float, metavar="SECOND", help="of the match (default: before the first goal)")
    group.add_argument("--length", type=float, help=f"of an animated picture or film, seconds (default: {LENGTH:g})")
    group.add_argument("--width", type=int, help="pixels (default: 1280; --gif: 720); the height is 9/16 of it")
    group.add_argument("--camera", choices=CAMERAS, help="of those of the page (default: ball)")


def pictures_from(arguments: argparse.Namespace) -> Wanted | None:
    """The pictures that are asked for, None if there are none.

    Raises UserError for options that mean nothing, a file that cannot be written, and programs that are missing.
    """
    paths: dict[str, Path] = {name: path for name in ENDINGS if (path := getattr(arguments, name)) is not None}
    given = [name for name in ("at", "length", "width", "camera") if getattr(arguments, name) is not None]
    if not paths:
        if given:
            raise UserError(f"--{given[0]}: is of a picture: --gif, --mp4 or --png")
        return None
    for name, path in paths.items():
        _check_file(name, path)
    if arguments.at is not None and not arguments.at >= 0:
        raise UserError(f"--at {arguments.at:g}: must be 0 or above")
    length = LENGTH if arguments.length is None else arguments.length
    if not 0 < length <= MAX_LENGTH:
        raise UserError(f"--length {length:g}: must be above 0 and at most {MAX_LENGTH:g}")
    if arguments.length is not None and not any(path.suffix in PERIODS for path in paths.values()):
        raise UserError("--length: is of --gif and --mp4")
    width = arguments.width
    if width is not None and (not MIN_WIDTH <= width <= MAX_WIDTH or width % 2):
        raise UserError(f"--width {width}: must be an even number from {MIN_WIDTH} to {MAX_WIDTH}")
    _check_programs(paths)
    return Wanted(tuple(paths.values()), arguments.at, length, width, arguments.camera or CAMERAS[0])


def write_pictures(html: str, wanted: Wanted) -> None:
    """Draw and write all that is wanted from a match's page; raises UserError, see `write_picture`."""
    for path in wanted.paths:
        bar = PassingBar()
        try:
            what = write_picture(html, path, wanted, lambda share, path=path, bar=bar: bar.show(path.name, share))
        finally:
            bar.close()
        tell(f"{path}: {what}")


def _check_file(name: str, path: Path) -> None:
    if path.suffix not in ENDINGS[name]:
        raise UserError(f"--{name} {path}: must end in {' or '.join(ENDINGS[name])}")
    if not path.parent.is_dir():
        raise UserError(f"--{name} {path}: No such folder")
    try:
        check_replaceable(path)
    except OSError as error:
        raise UserError(f"--{name} {path}: {error.strerror}") from error


def _check_programs(paths: dict[str, Path]) -> None:
    """Before the match is played."""
    try:
        find_chromium()
    except UserError as error:
        raise UserError(f"--{next(iter(paths))}: {error}") from error
    if "mp4" in paths:
        try:
            find_ffmpeg()
        except UserError as error:
            raise UserError(f"--mp4: {error}") from error
