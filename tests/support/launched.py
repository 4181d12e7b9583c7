"""A training in a process of its own, and what can be seen of it from outside."""

import os
import subprocess
from pathlib import Path


class Launched:
    """A command that trains in `folder`; what it prints is added to the file `output` there."""

    def __init__(self, folder: Path, command: list[str], environment: dict[str, str] | None = None) -> None:
        self.folder, self._output = folder, folder / "output"
        with self._output.open("a") as output:
            environment = os.environ | (environment or {})
            self.process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=environment)

    @property
    def text(self) -> str:
        """What it has printed."""
        return self._output.read_text()

    @property
    def steps(self) -> int:
        """Environment steps of the newest checkpoint."""
        names = [path.name for path in (self.folder / "checkpoints").glob("checkpoint_*")]
        return max((int(name.removeprefix("checkpoint_")) for name in names), default=0)
