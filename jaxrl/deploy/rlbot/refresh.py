"""Files in a folder that may be somebody else's: only what an export wrote is written again."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from jaxrl.errors import UserError
from jaxrl.files import check_replaceable, read_regular, write_whole

LIST_FILE = "export.json"  # SHA-256 of every file of the export, by its path in the folder
MADE_BY = "jaxrl export"
MAX_BYTES = 2**30

# how files began that exports wrote before there was a list of them
EARLIER = {
    "bot.py": b'"""The bot of this folder in RLBot v5, started by bot.toml.',
    "bot.toml": b'[settings]\nagent_id = "jaxrl/',
    "policy.json": b'{\n  "format": 1,',
    "policy.npz": b"PK",
}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files`, by their paths in `folder`, with a list of them; never through a link.

    An export that is there is refreshed. Raises UserError, before anything is written, for a file that is not an
    export's or that was changed since; OSError where nothing can be written.
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    listed = {LIST_FILE: json.dumps({"made_by": MADE_BY, "files": digests}, indent=2).encode() + b"\n"}
    _check_folders(folder, files)
    _check_files(folder, {**files, **listed})
    for name, content in {**files, **listed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def _check_folders(folder: Path, files: Mapping[str, bytes]) -> None:
    parts = {folder / parent for name in files for parent in Path(name).parents}
    for part in sorted(parts):
        if part.is_symlink() or (part.exists() and not part.is_dir()):
            raise UserError(f"--out {folder}: {part} is {'a link' if part.is_symlink() else 'not a folder'}")


def _check_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Check that whatever stands in the way came from an export; raises UserError."""
    known = _listed(folder)
    is_earlier = known is None and all(_begins(folder / name, EARLIER[name]) for name in ("bot.py", "bot.toml"))
    for name, content in files.items():
        path = folder / name
        try:
            check_replaceable(path)
            found = read_regular(path, MAX_BYTES)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UserError(f"--out {folder}: {path} {error.strerror}") from error
        is_known = known is not None and known.get(name) == hashlib.sha256(found).hexdigest()
        is_old = is_earlier and found.startswith(EARLIER.get(name, b"")) and (name in EARLIER or "/" in name)
        if not (is_known or is_old or found == content or (name == LIST_FILE and known is not None)):
            raise UserError(
                f"--out {folder}: {path} is not as an export wrote it: move it away, or take another folder"
            )


def _listed(folder: Path) -> dict[str, str] | None:
    """What the export that is there wrote; None if it is none, or one from before there were lists."""
    try:
        content = json.loads(read_regular(folder / LIST_FILE, 2**20))
        return dict(content["files"]) if content["made_by"] == MADE_BY else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _begins(path: Path, beginning: bytes) -> bool:
    try:
        return not path.is_symlink() and read_regular(path, MAX_BYTES).startswith(beginning)
    except OSError:
        return False
