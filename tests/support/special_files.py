"""What may stand where a file is expected."""

import os
import socket
import stat
from pathlib import Path

import pytest

ARTICLES = {"pipe": "a named pipe", "device": "a device", "socket": "a socket", "folder": "a folder"}


def make_special(folder: Path, kind: str, name: str = "special") -> Path:
    """A `kind` of thing in `folder`; skips the test where only root could make it."""
    path = folder / name
    if kind == "link":
        (folder / "target").write_text("old")
        path.symlink_to(folder / "target")
    elif kind == "link to nowhere":
        path.symlink_to(folder / "nowhere")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            here = Path.cwd()
            os.chdir(folder)  # the path of a socket is short
            server.bind(name)
            os.chdir(here)
    elif kind == "device":
        make_zero(path)
    else:
        path.mkdir()
    return path


def make_zero(path: Path) -> None:
    """Another /dev/zero: it gives zeros without end, and takes what is written."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")
