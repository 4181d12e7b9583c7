"""Files that are written whole or not at all, and files of strangers, which need not be what their names say."""

import errno
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager
from difflib import get_close_matches
from io import BufferedReader
from pathlib import Path

from jaxrl.errors import UserError

MAX_SHOWN = 200  # characters of a path

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def write_whole(path: Path, data: bytes | str) -> None:
    """Write `path` so that it never holds less than all of `data`, and wait until it is on the disk.

    Replaces a file or nothing: never a link, a device or a pipe, nor what a link leads to. Raises OSError; what was
    there before is then as it was.
    """
    check_replaceable(path)
    content = data.encode() if isinstance(data, str) else data
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as file:  # x: never through a link
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:  # Ctrl-C, too, leaves nothing behind
        unfinished.unlink(missing_ok=True)
        raise
    sync(path.parent)


def check_replaceable(path: Path) -> None:
    """Check that `path` is a regular file or nothing; raises OSError that says what it is."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise _not_a_file(mode)


@contextmanager
def open_regular(path: Path) -> Generator[BufferedReader]:
    """Open a file, or what a link leads to, for reading, in bytes; raises OSError.

    A pipe without a writer would wait forever, and a device may have no end: both are refused, as is a folder.
    """
    _check_regular(path.stat().st_mode)  # opening a device alone may set something off
    with open(path, "rb", opener=_without_waiting) as file:
        _check_regular(os.fstat(file.fileno()).st_mode)
        yield file


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Read a file of at most `max_bytes`, see `open_regular`; raises OSError."""
    with open_regular(path) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, f"larger than {max_bytes:,} bytes")
    return content


def sync(path: Path) -> None:
    """Wait until `path` (a file, or the names in a folder) is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def new_folder(path: Path) -> Path:
    """Make a folder that was not there before: `path`, or `path_2`, `path_3`, ... where that name is taken.

    Two processes that ask for the same name at once get two folders. Raises OSError.
    """
    folder, number = path, 1
    while True:
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
            folder = path.with_name(f"{path.name}_{number}")
        else:
            return folder


def check_path(path: str | Path) -> None:
    """Check that the system can look for `path`, whether or not it is there; raises UserError.

    Links may lead in a circle, a name may be too long or hold a zero byte, a folder may be unreadable.
    """
    shown = str(path) if len(str(path)) <= MAX_SHOWN else f"{str(path)[: MAX_SHOWN - 3]}..."
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise UserError(f"{shown!r}: not a path that can be used ({getattr(error, 'strerror', error)})") from error


def working_folder() -> Path:
    """The folder that the process runs in; raises UserError where it is gone."""
    try:
        return Path.cwd()
    except OSError as error:
        reason = f"{error.strerror}: cd to one that exists"
        raise UserError(f"the working folder cannot be found ({reason})") from error


def nearest_path(path: Path) -> str:
    """Suggest a path that exists instead of one that does not, to be put behind an error; empty if none is like it."""
    try:
        missing = next((part for part in (*reversed(path.parents), path) if not part.exists()), None)
        if missing is None:
            return ""
        near = get_close_matches(missing.name, os.listdir(missing.parent), n=1)
    except OSError:
        return ""
    for folder in (missing.with_name(name) for name in near):
        whole = folder / path.relative_to(missing)
        return f"; did you mean {whole if whole.exists() else folder}?"
    return ""


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # Windows has neither the flag nor such pipes


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise _not_a_file(mode)


def _not_a_file(mode: int) -> OSError:
    return OSError(errno.EINVAL, f"is {KINDS.get(stat.S_IFMT(mode), 'something else')}, not a file")
