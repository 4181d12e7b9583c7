"""Films by ffmpeg, where it is installed."""

import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from jaxrl.errors import UserError, one_line

MISSING = "needs ffmpeg: apt-get install ffmpeg"


def find_ffmpeg() -> str:
    """The path of ffmpeg; raises UserError where there is none."""
    if path := shutil.which("ffmpeg"):
        return path
    raise UserError(MISSING)


def mp4(pictures: Iterable[bytes], rate: int) -> bytes:
    """An MP4 file that every browser and phone plays, of PNG pictures, `rate` a second.

    Their width and height must be even. Raises UserError where ffmpeg is missing or fails.
    """
    try:
        with TemporaryDirectory(prefix="jaxrl-") as folder:
            return _mp4(pictures, rate, Path(folder))
    except OSError as error:
        raise UserError(f"ffmpeg cannot make the film ({error.strerror})") from error


def _mp4(pictures: Iterable[bytes], rate: int, folder: Path) -> bytes:
    out, log = folder / "film.mp4", folder / "log"
    command = [find_ffmpeg(), "-loglevel", "error", "-f", "image2pipe", "-c:v", "png", "-framerate", str(rate)]
    command += ["-i", "-", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(out)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(  # a session of its own: Ctrl-C is for this process, which then ends that one
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        ) as process,
    ):
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError):  # it has failed, and its last line says why
                for picture in pictures:
                    process.stdin.write(picture)
                process.stdin.close()
            process.wait()
        finally:
            process.kill()  # nothing, if it has ended
            with suppress(BrokenPipeError):
                process.stdin.close()
    if process.returncode != 0 or not out.exists():
        lines = log.read_text(errors="replace").splitlines()
        raise UserError(f"ffmpeg cannot make the film: {one_line(lines[-1]) if lines else 'it says not why'}")
    return out.read_bytes()
