"""TensorBoard's event file on a disk that may be full: what cannot be written waits in memory until it can.

tensorboardX writes in a thread of its own. An error would end that thread, the queue in front of it would fill up, and
the trainer would wait at it for ever. So its files come from here, and writing them never fails.
"""

import os
from pathlib import Path

from tensorboardX.record_writer import register_writer_factory

PREFIX = "patient"  # before a colon in the name of the folder of events: files from here

MOST_BYTES = 64 * 2**20  # that wait in memory, hours of scalars; beyond that the newest are lost

PIECES = 4  # length, its checksum, data, their checksum: what tensorboardX's RecordWriter writes a record


class PatientFile:
    """A file for tensorboardX's `RecordWriter`. `error` is why the last attempt to write failed, or None."""

    def __init__(self, path: Path) -> None:
        self.error: str | None = None
        self._path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._waiting = bytearray()
        self._pieces = 0
        self._full = False

    def write(self, data: bytes) -> None:
        """Takes `data`, a piece of a record; written with the next flush. Records are lost whole or not at all."""
        if self._pieces % PIECES == 0:
            self._full = len(self._waiting) >= MOST_BYTES
        self._pieces += 1
        if not self._full:
            self._waiting += data

    def flush(self) -> None:
        """Writes what is waiting, as much as there is room for: the file grows in order, and nothing in it is torn."""
        try:
            while self._waiting:
                del self._waiting[: os.write(self._handle, self._waiting)]
            os.fsync(self._handle)
            self.error = None
        except OSError as error:
            self.error = f"{self._path}: {error.strerror}"

    def close(self) -> None:
        """The last attempt."""
        self.flush()
        os.close(self._handle)


class PatientFiles:
    """What tensorboardX asks for files in folders whose name begins with PREFIX; remembers the last one it opened."""

    def __init__(self) -> None:
        self.file: PatientFile | None = None
        register_writer_factory(PREFIX, self)

    def name(self, folder: Path) -> str:
        """The name of `folder` by which tensorboardX comes here."""
        return f"{PREFIX}:{folder}"

    def open(self, path: str) -> PatientFile:
        """Called by tensorboardX."""
        self.file = PatientFile(Path(path.removeprefix(f"{PREFIX}:")))
        return self.file

    def directory_check(self, path: str) -> None:
        """Called by tensorboardX: makes the folder."""
        Path(path.removeprefix(f"{PREFIX}:")).mkdir(parents=True, exist_ok=True)
