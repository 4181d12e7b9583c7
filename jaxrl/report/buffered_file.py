"""TensorBoard's event file, buffered in memory while the disk is full, and written anew where it was deleted.

tensorboardX writes in a thread of its own. An error would end that thread, the queue in front of it would fill up, and
the trainer would block on it for ever. So the files come from here, and writing to them never raises.
"""

import os
import shutil
from itertools import chain, count
from pathlib import Path

from tensorboardX.record_writer import register_writer_factory

PREFIX = "buffered"  # before a colon in the name of an event folder, it selects these files

MAX_BYTES = 64 * 2**20  # kept in memory, enough for hours of scalars; beyond that the newest records are dropped

WRITES_PER_RECORD = 4  # tensorboardX's RecordWriter writes length, its checksum, data, their checksum


class BufferedFile:
    """A file for tensorboardX's `RecordWriter`.

    `error` is the reason why the last write failed, or None; `restored` counts how often the file was written anew.
    """

    def __init__(self, path: Path) -> None:
        self.error: str | None = None
        self.restored = 0
        self.path = path
        self._file = path.open("ab+", buffering=0)  # readable: what was deleted can still be copied
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
            if not self._is_there():
                self._restore()
            while self._waiting:
                del self._waiting[: os.write(self._file.fileno(), self._waiting)]
            os.fsync(self._file.fileno())
            self.error = None
        except OSError as error:
            self.error = f"{self.path}: {error.strerror}"

    def close(self) -> None:
        """Flush a last time and close the file."""
        self.flush()
        self._file.close()

    def _is_there(self) -> bool:
        """Whether the name still leads to the open file."""
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except FileNotFoundError:
            return False

    def _restore(self) -> None:
        """Write the file anew with all that was in it: an open file outlives its name. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(".unfinished")  # a name that TensorBoard does not read
        unfinished.unlink(missing_ok=True)
        copy = unfinished.open("ab+", buffering=0)
        try:
            self._file.seek(0)
            shutil.copyfileobj(self._file, copy)
            self.path = unfinished.rename(_free_name(self.path))
        except OSError:
            copy.close()
            unfinished.unlink(missing_ok=True)
            raise
        self._file.close()
        self._file = copy
        self.restored += 1


def _free_name(wanted: Path) -> Path:
    """Find a name that is free: `wanted`, or `wanted.2`, `wanted.3`, ..."""
    names = chain([wanted], (wanted.with_name(f"{wanted.name}.{number}") for number in count(2)))
    return next(name for name in names if not os.path.lexists(name))


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
