"""Files that are written whole or not at all."""

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes | str) -> None:
    """Write `path` so that it never holds less than all of `data`, and wait until it is on the disk.

    A link of that name is replaced, not followed. Raises OSError; what was there before is then as it was.
    """
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
