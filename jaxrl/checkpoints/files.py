"""The files of checkpoints: their description, whether they are intact, and which checkpoint is the newest.

Uses neither Orbax nor JAX.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jaxrl.errors import UserError

STATE_DIR, CONFIG_FILE, INFO_FILE = "state", "config.yaml", "checkpoint.json"

TEMPORARY_PREFIX, REPLACED_PREFIX = ".saving-", ".replaced-"


@dataclass(frozen=True)
class Info:
    """The content of `checkpoint.json`."""

    jaxrl: str  # version that wrote it
    env_steps: int
    updates: int
    log_folder: str  # the run's TensorBoard events, which a resumed run continues
    files: dict[str, str]  # SHA-256 of every other file, by its path in the folder


def checkpoint_info(folder: Path) -> Info:
    """Read the description of `folder`; raises UserError if it is no checkpoint or the description is damaged."""
    path = folder / INFO_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest = content.pop("sha256")
        info = Info(**content)
    except OSError as error:
        raise UserError(f"{folder}: not a checkpoint ({INFO_FILE}: {error.strerror})") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UserError(f"{path}: damaged ({error})") from error
    if digest != _digest(content):
        raise UserError(f"{path}: damaged: not what was saved")
    return info


def write_info(folder: Path, info: Info) -> None:
    """Write `checkpoint.json`, with a digest of its own content."""
    content = asdict(info)
    text = json.dumps(content | {"sha256": _digest(content)}, indent=2) + "\n"
    (folder / INFO_FILE).write_text(text, encoding="utf-8")


def verify_checkpoint(folder: Path) -> Info:
    """Compare every file with its SHA-256; raises UserError naming the first that is missing or differs."""
    info = checkpoint_info(folder)
    for name, expected in info.files.items():
        try:
            found = sha256(folder / name)
        except OSError as error:
            raise UserError(f"{folder}: damaged: {name} cannot be read ({error.strerror})") from error
        if found != expected:
            raise UserError(f"{folder}: damaged: {name} is not what was saved")
    return info


def find_checkpoints(directory: Path) -> list[Path]:
    """List all checkpoints directly in `directory`: damaged descriptions first, the most environment steps last."""
    found = {path.parent for name in (INFO_FILE, STATE_DIR) for path in directory.glob(f"[!.]*/{name}")}
    return sorted(found, key=lambda folder: (_sort_key(folder), folder))


def finish_interrupted(directory: Path) -> None:
    """Clean up after a killed process: restore what it was about to replace, delete what it had not finished."""
    for replaced in directory.glob(f"{REPLACED_PREFIX}*"):
        folder = directory / replaced.name.removeprefix(REPLACED_PREFIX)
        if folder.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(folder)
    for unfinished in directory.glob(f"{TEMPORARY_PREFIX}*"):
        shutil.rmtree(unfinished)


def steps_of(folder: Path) -> int | None:
    """Environment steps of a checkpoint; None if its description is damaged."""
    try:
        return checkpoint_info(folder).env_steps
    except UserError:
        return None


def _sort_key(folder: Path) -> int:
    steps = steps_of(folder)
    return -1 if steps is None else steps


def newest_intact(directory: Path, report: Callable[[str], None]) -> Path:
    """Find the newest checkpoint in `directory` whose files are all as saved; reports those it skips.

    Raises UserError if there is none.
    """
    found = find_checkpoints(directory)
    unknown = sum(steps_of(folder) is None for folder in found)
    # a damaged description hides how new a checkpoint is: report those before an intact one is returned
    for folder in (*found[:unknown], *reversed(found[unknown:])):
        try:
            verify_checkpoint(folder)
        except UserError as error:
            report(f"{error}; trying an older one")
            continue
        return folder
    raise UserError(f"{directory}: no intact checkpoint to resume from")


def delete_old(directory: Path, prefix: str, keep: int) -> None:
    """Delete all but the `keep` newest checkpoints whose names start with `prefix`."""
    named = [folder for folder in find_checkpoints(directory) if folder.name.startswith(prefix)]
    for folder in named[:-keep]:
        shutil.rmtree(folder)


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
