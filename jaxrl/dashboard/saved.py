"""The checkpoints of a run."""

import time
from pathlib import Path

from jaxrl.checkpoints.directory import find_checkpoints
from jaxrl.checkpoints.files import checkpoint_info
from jaxrl.errors import UserError

SECONDS = 10.0  # a folder is listed anew after


class Saved:
    """The checkpoints of a folder that the run which logs to `logs` has saved."""

    def __init__(self, logs: Path) -> None:
        self._name = logs.resolve().name
        self._next = 0.0
        self._found: list[tuple[str, int]] = []

    def find(self, folder: Path | None) -> list[tuple[str, int]]:
        """Names and environment steps, the newest last; those of other runs are left out."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + SECONDS
            self._found = [] if folder is None else self._look(folder)
        return self._found

    def _look(self, folder: Path) -> list[tuple[str, int]]:
        found = []
        try:
            for path in find_checkpoints(folder):
                try:
                    info = checkpoint_info(path)
                except UserError:  # damaged, or being replaced
                    continue
                if Path(info.log_folder).name == self._name:
                    found.append((path.name, info.env_steps))
        except OSError:
            return []
        return sorted(found, key=lambda each: each[1])
