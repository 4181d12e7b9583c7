"""The files of a checkpoint: their description, and whether they are intact. Uses neither Orbax nor JAX."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any, get_type_hints

from jaxrl.errors import UserError
from jaxrl.files import nearest_path, open_regular, read_regular

STATE_DIR, CONFIG_FILE, INFO_FILE = "state", "config.yaml", "checkpoint.json"
EPISODES_FILE = "episodes.npz"  # nothing else in a checkpoint needs it
MAX_STEPS = 2**63
MAX_INFO_BYTES = 2**24  # Orbax writes some hundred files


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
        content = json.loads(read_regular(path, MAX_INFO_BYTES))
        digest = content.pop("sha256")
        info = Info(**content)
        _check_types(info)
    except OSError as error:
        raise UserError(f"{folder}: not a checkpoint ({INFO_FILE}: {error.strerror}){nearest_path(folder)}") from error
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise UserError(f"{path}: damaged ({error})") from error
    if digest != _digest(content):
        raise UserError(f"{path}: damaged: not what was saved")
    return info


def _check_types(info: Info) -> None:
    """Check values that anyone may have written; raises TypeError or ValueError."""
    for name, kind in get_type_hints(Info).items():
        if type(value := getattr(info, name)) is not (dict if name == "files" else kind):
            raise TypeError(f"{name} is a {type(value).__name__}")
    if not (0 <= info.env_steps < MAX_STEPS and 0 <= info.updates < MAX_STEPS):
        raise ValueError("a count is out of range")
    for name, digest in info.files.items():
        if type(digest) is not str or PurePath(name).is_absolute() or ".." in PurePath(name).parts or "\0" in name:
            raise ValueError(f"{name!r} is no file of a checkpoint")


def write_info(folder: Path, info: Info) -> None:
    """Write `checkpoint.json`, with a digest of its own content."""
    content = asdict(info)
    text = json.dumps(content | {"sha256": _digest(content)}, indent=2) + "\n"
    (folder / INFO_FILE).write_text(text, encoding="utf-8")


def verify_checkpoint(folder: Path) -> Info:
    """Compare all files but that of the running episodes with their SHA-256.

    Without these episodes a run is resumed as well, see `jaxrl.checkpoints.episodes`. Raises UserError naming the first
    file that is missing or differs.
    """
    info = checkpoint_info(folder)
    for name, expected in info.files.items():
        if name != EPISODES_FILE:
            verify_file(folder, name, expected)
    return info


def has_intact(folder: Path, name: str) -> bool:
    """Whether a checkpoint has a file that not all have.

    Raises UserError if the file is gone or not what was saved, or if `folder` is no checkpoint.
    """
    digest = checkpoint_info(folder).files.get(name)
    if digest is not None:
        verify_file(folder, name, digest)
    return digest is not None


def verify_file(folder: Path, name: str, expected: str) -> None:
    """Compare the SHA-256 of a file of a checkpoint with the `expected` one; raises UserError if it differs."""
    try:
        found = sha256(folder / name)
    except OSError as error:
        raise UserError(f"{folder}: damaged: {name} cannot be read ({error.strerror})") from error
    if found != expected:
        raise UserError(f"{folder}: damaged: {name} is not what was saved")


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
