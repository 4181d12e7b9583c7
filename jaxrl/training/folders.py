"""Folders of a run: each is used by one trainer at a time, and nothing in them is overwritten."""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from jaxrl.checkpoints.directory import find_checkpoints, finish_interrupted, is_own, set_aside, steps_of
from jaxrl.config.schema import Config
from jaxrl.errors import SaveError, UserError
from jaxrl.files import new_folder

KEY = "logging.checkpoint_dir"


class TakenError(UserError):
    """The folder of checkpoints was deleted or moved, and another trainer made it its own."""

    exit_code = 1


class CheckpointFolder:
    """A folder in which this process alone may save: it is locked until it is closed.

    `path` must exist. Making one cleans up after a process that was killed there. Raises UserError if another process
    trains in it, or it cannot be locked.
    """

    def __init__(self, path: Path, report: Callable[[str], None]) -> None:
        self.path = path
        self._report = report
        self._handle = _lock(path)
        finish_interrupted(path, report)

    def ready(self) -> Path:
        """Find the folder ready for a save; one that was deleted or moved meanwhile is made and locked anew.

        Raises TakenError if another run has it by now, SaveError if it cannot be made.
        """
        if _is_at(self._handle, self.path):
            return self.path
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = _lock(self.path)
        except OSError as error:
            raise SaveError(f"{self.path}: was deleted, and cannot be made anew ({error.strerror})") from error
        except UserError as error:
            raise TakenError(str(error)) from error
        self.close()
        self._handle = handle
        self._report(f"{self.path}: was deleted or moved while training; later checkpoints go to a new one")
        self.move_aside(None)
        return self.path

    def move_aside(self, beyond: int | None) -> None:
        """Move checkpoints of more than `beyond` steps (None: all) to a folder of their own: nothing overwrites them.

        Raises SaveError where that is impossible.
        """
        own = [folder for folder in find_checkpoints(self.path) if is_own(folder)]
        old = [folder for folder in own if beyond is None or (steps_of(folder) or 0) > beyond]
        if not old:
            return
        try:
            aside = set_aside(self.path, old)
        except OSError as error:
            raise SaveError(f"{self.path}: earlier checkpoints cannot be moved ({error.strerror})") from error
        self._report(f"the checkpoints of an earlier run are now in {aside}")

    def beside(self) -> "CheckpointFolder":
        """A new folder beside this one, for what must be saved when this one is taken. Raises SaveError."""
        try:
            return CheckpointFolder(new_folder(self.path), self._report)
        except OSError as error:
            raise SaveError(f"{self.path}: no folder can be made beside it ({error.strerror})") from error

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _lock(folder: Path) -> int:
    """Open and lock `folder`; returns the handle. Raises UserError, and OSError where it cannot be opened."""
    while True:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise UserError(f"{KEY}: another run is writing to {folder}") from error
        except OSError as error:
            os.close(handle)
            raise UserError(f"{KEY}: {folder} cannot be locked ({error.strerror})") from error
        if _is_at(handle, folder):
            return handle
        os.close(handle)  # it was deleted a moment ago


def _is_at(handle: int, path: Path) -> bool:
    """Whether the open folder is the one that `path` leads to."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


@contextmanager
def writing(key: str, folder: Path) -> Generator[None]:
    """Turn an OSError while `folder` is set up into a UserError that names the config's `key`."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{key}: {folder} cannot be written to ({error.strerror})") from error


def log_folder(
    config: Config, name: str, continued: Path | None, report: Callable[[str], None], stack: ExitStack
) -> Path:
    """Folder that this run alone logs to, until `stack` is closed: `continued`, or a new one for a run called `name`.

    It is a new one, too, while another run still logs to `continued`. Raises UserError.
    """
    root = Path(config.logging.log_dir)
    with writing("logging.log_dir", root):
        if continued is not None and not _hold(continued, stack):
            report(f"another run is writing to {continued}: new logs begin")
            continued = None
        if continued is None:
            continued = new_folder(root / f"{name}_{datetime.now():%Y%m%d-%H%M%S}")
            _hold(continued, stack)
        return continued


def _hold(folder: Path, stack: ExitStack) -> bool:
    """Lock a folder of logs if its file system knows how to; returns whether no other process has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no locks here
        return True
    return True
