"""TensorBoard's event file, buffered in memory while the disk is full.

tensorboardX writes in a thread of its own. An error would end that thread, the queue in front of it would fill up, and
the trainer would block on it for ever. So the files come from here, and writing to them never raises.
"""

import os
from pathlib import Path

from tensorboardX.record_writer import register_writer_factory

PREFIX = "buffered"  # before a colon in the name of an event folder, it selects these files

MAX_BYTES = 64 * 2**20  # kept in memory, enough for hours of scalars; beyond that the newest records are dropped

WRITES_PER_RECORD = 4  # tensorboardX's RecordWriter writes length, its checksum, data, their checksum


class BufferedFile:
    """A file for tensorboardX's `RecordWriter`; `error` is the reason why the last write failed, or None."""

    def __init__(self, path: Path) -> None:
        self.error: str | None = None
        self._path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._waiting = bytearray()
        self._writes = 0
        self._full = False

    def write(self, data: bytes) -> None:
        """Buffer `data`, part of a record, for the next flush. Records are dropped whole or not at all."""
        if self._writes % WRITES_PER_RECORD == 0:
            self._full = len(self._waiting) >= MAX_BYTES
        self._writes += 1
        if not self._full:
            self._waiting += data

    def flush(self) -> None:
        """Write as much of the buffer as there is room for, in order, so that no record is torn."""
        try:
            while self._waiting:
                del self._waiting[: os.write(self._handle, self._waiting)]
            os.fsync(self._handle)
            self.error = None
        except OSError as error:
            self.error = f"{self._path}: {error.strerror}"

    def close(self) -> None:
        """Flush a last time and close the file."""
        self.flush()
        os.close(self._handle)


class BufferedFiles:
    """Factory of buffered files for tensorboardX, used for folders whose name begins with PREFIX.

    `file` is the last file opened.
    """

    def __init__(self) -> None:
        self.file: BufferedFile | None = None
        register_writer_factory(PREFIX, self)

    def name(self, folder: Path) -> str:
        """The name of `folder` that makes tensorboardX use this factory."""
        return f"{PREFIX}:{folder}"

    def open(self, path: str) -> BufferedFile:
        """Open a file; called by tensorboardX."""
        self.file = BufferedFile(Path(path.removeprefix(f"{PREFIX}:")))
        return self.file

    def directory_check(self, path: str) -> None:
        """Make the folder; called by tensorboardX."""
        Path(path.removeprefix(f"{PREFIX}:")).mkdir(parents=True, exist_ok=True)
