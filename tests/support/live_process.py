"""A real `python -m jaxrl.watch … --live`, and what listens to it."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from websockets.sync.client import connect

PATIENCE = 60.0  # seconds, for a busy machine


@contextmanager
def live(folder: Path, *flags: str, cwd: Path) -> Iterator[tuple[subprocess.Popen, str]]:
    """The process, and the address that it serves (with `--live` among the flags)."""
    command = [sys.executable, "-m", "jaxrl.watch", str(folder), *flags]
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().split(": ")[0] if "--live" in flags else ""
        finally:
            process.kill()


def frames_of(address: str, **options):
    """A websocket as the page opens it."""
    return connect(address.replace("http", "ws") + "frames", max_size=None, **options)


def receive(socket) -> dict:
    """The next message."""
    return json.loads(socket.recv(timeout=PATIENCE))


def numbers(message: dict, name: str, dtype: type | str) -> np.ndarray:
    """An array of a message, flat."""
    return np.frombuffer(base64.b64decode(message[name]), dtype)
