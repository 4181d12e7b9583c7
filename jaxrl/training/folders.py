"""Folders of a run: each is used by one trainer at a time, and nothing in them is overwritten."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from jaxrl.checkpoints.files import find_checkpoints, finish_interrupted, steps_of
from jaxrl.errors import UserError


@contextmanager
def only_trainer_in(directory: Path) -> Generator[None]:
    """Lock `directory` for this process and clean up after a killed one.

    Raises UserError if another process trains there.
    """
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise UserError(f"logging.checkpoint_dir: another run is writing to {directory}") from error
    try:
        finish_interrupted(directory)
        yield
    finally:
        os.close(handle)  # which gives the lock back


def make_folder(folder: Path, key: str) -> None:
    """Create `folder`; raises UserError naming the config's `key` if that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{key}: {folder} cannot be created ({error.strerror})") from error


def move_checkpoints_aside(directory: Path, beyond: int | None) -> Path | None:
    """Move checkpoints of more than `beyond` steps (None: all) to a folder of their own: nothing overwrites them.

    Returns that folder; None if there were none.
    """
    # those with a damaged description, of unknown steps, stay
    old = [folder for folder in find_checkpoints(directory) if beyond is None or (steps_of(folder) or 0) > beyond]
    if not old:
        return None
    aside = directory / f"earlier_{datetime.now():%Y%m%d-%H%M%S}"
    aside.mkdir()
    for folder in old:
        folder.rename(aside / folder.name)
    return aside
