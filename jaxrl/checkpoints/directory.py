"""A folder of checkpoints: which are a run's own, which is the newest, and what may be moved or deleted.

Uses neither Orbax nor JAX.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from jaxrl.bots.newest import OWN_NAME, PERIODIC, has_own_name
from jaxrl.checkpoints.files import INFO_FILE, STATE_DIR, checkpoint_info, verify_checkpoint
from jaxrl.errors import UserError
from jaxrl.files import new_folder

T = TypeVar("T")

TEMPORARY_PREFIX, REPLACED_PREFIX = ".saving-", ".replaced-"


class OtherRunError(UserError):
    """A checkpoint is intact, but of a run that the config does not describe."""


def find_checkpoints(directory: Path) -> list[Path]:
    """List all checkpoints directly in `directory`, the best choice last.

    A run's own come after copies of other names; damaged descriptions come first, the most environment steps last.
    """
    found = {path.parent for name in (INFO_FILE, STATE_DIR) for path in directory.glob(f"[!.]*/{name}")}
    return sorted(found, key=lambda folder: (has_own_name(folder), _sort_key(folder), folder))


def is_own(folder: Path) -> bool:
    """Whether a run wrote `folder`: its name and description say so. Nothing else is ever moved or deleted."""
    return has_own_name(folder) and steps_of(folder) is not None


def steps_of(folder: Path) -> int | None:
    """Environment steps of a checkpoint; None if its description is damaged."""
    try:
        return checkpoint_info(folder).env_steps
    except UserError:
        return None


def _sort_key(folder: Path) -> int:
    steps = steps_of(folder)
    return -1 if steps is None else steps


def load_newest(directory: Path, load: Callable[[Path], T], report: Callable[[str], None]) -> tuple[Path, T]:
    """Find the newest checkpoint in `directory` that `load` can load; returns it and what was loaded.

    Reports those that it skips. Raises UserError if none is left, and OtherRunError as `load` does.
    """
    own = [folder for folder in find_checkpoints(directory) if has_own_name(folder)]
    unknown = sum(steps_of(folder) is None for folder in own)
    # a damaged description hides how new a checkpoint is: report those before an intact one is returned
    for folder in (*own[:unknown], *reversed(own[unknown:])):
        try:
            verify_checkpoint(folder)
            return folder, load(folder)
        except OtherRunError:  # older ones are of that run, too
            raise
        except UserError as error:
            report(f"{error}; trying an older one")
    raise UserError(f"{directory}: no intact checkpoint to resume from")


def load_from(folder: Path, load: Callable[[Path], T], report: Callable[[str], None]) -> tuple[Path, T]:
    """Load the checkpoint `folder`, or the newest in it where it is a folder of them; returns where that was, too."""
    if (folder / INFO_FILE).exists() or not find_checkpoints(folder):
        return folder, load(folder)
    return load_newest(folder, load, report)


def finish_interrupted(directory: Path, report: Callable[[str], None]) -> None:
    """Clean up after a killed process: restore what it was about to replace, delete what it had not finished.

    Touches nothing but folders that a save makes; reports what cannot be done.
    """
    for replaced in _hidden(directory, REPLACED_PREFIX):
        folder = directory / replaced.name.removeprefix(REPLACED_PREFIX)
        if os.path.lexists(folder):
            _delete(replaced, report)
        else:
            with _reported(replaced, report):
                replaced.rename(folder)
    for unfinished in _hidden(directory, TEMPORARY_PREFIX):
        _delete(unfinished, report)


def delete_old(directory: Path, keep: int, report: Callable[[str], None]) -> None:
    """Delete all but the `keep` newest periodic checkpoints of a run; reports what cannot be deleted."""
    periodic = [each for each in find_checkpoints(directory) if each.name.startswith(PERIODIC) and is_own(each)]
    for folder in periodic[:-keep]:
        doomed = folder.with_name(TEMPORARY_PREFIX + folder.name)
        with _reported(folder, report):
            make_room(doomed)
            folder.rename(doomed)  # a process that is killed while deleting leaves no half of a checkpoint
        _delete(doomed, report)


def set_aside(directory: Path, paths: Iterable[Path]) -> Path:
    """Move `paths` to a new folder in `directory`, which is returned: nothing overwrites them. Raises OSError."""
    aside = new_folder(directory / f"earlier_{datetime.now():%Y%m%d-%H%M%S}")
    try:
        for path in paths:
            path.rename(aside / path.name)
    finally:
        with suppress(OSError):
            aside.rmdir()  # which only an empty one allows: the first path has vanished meanwhile
    return aside


def make_room(path: Path) -> None:
    """Free a name that a save needs: delete what a save left there, set aside everything else. Raises OSError."""
    if not os.path.lexists(path):
        return
    if path.name.startswith((TEMPORARY_PREFIX, REPLACED_PREFIX)) and path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        set_aside(path.parent, [path])


def _hidden(directory: Path, prefix: str) -> list[Path]:
    """Folders that a save made under a hidden name."""
    found = [path for path in directory.glob(f"{prefix}*") if OWN_NAME.fullmatch(path.name.removeprefix(prefix))]
    return [path for path in found if path.is_dir() and not path.is_symlink()]


def _delete(folder: Path, report: Callable[[str], None]) -> None:
    with _reported(folder, report):
        shutil.rmtree(folder)


@contextmanager
def _reported(path: Path, report: Callable[[str], None]) -> Generator[None]:
    """Report an OSError, unless `path` is gone already: tidying up is no reason to end a run."""
    try:
        yield
    except FileNotFoundError:
        pass
    except OSError as error:
        report(f"{path}: cannot be moved or deleted ({error.strerror})")
