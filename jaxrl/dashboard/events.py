"""A run's scalars, read from its event files as far as they are written, and further at every call.

What counts is what TensorBoard would show: a resumed run takes back what was logged beyond the point it resumes from.
"""

from array import array
from pathlib import Path
from typing import Any, cast

import numpy as np
from google.protobuf.message import DecodeError
from tensorboard.compat.proto import event_pb2

from jaxrl.dashboard.records import HEAD, Records, split
from jaxrl.dashboard.scalars import Scalars, scalars

PATTERN = "*tfevents*"
PROTO = cast(Any, event_pb2)  # its messages are made when it is imported
CHUNK_BYTES = 2**22  # read at a time, some 0.05 s: a page that waits for a long run sees how far it is
CONFIG_TAG = "config/text_summary"


class Series:
    """The curve of a tag: what was logged, in order."""

    def __init__(self) -> None:
        self._steps, self._times, self._values = array("q"), array("d"), array("f")

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def steps(self) -> np.ndarray:
        """Environment steps: int64 [K]."""
        return np.array(self._steps)

    @property
    def times(self) -> np.ndarray:
        """Wall-clock, seconds since 1970: float64 [K]."""
        return np.array(self._times)

    @property
    def values(self) -> np.ndarray:
        """The values: float32 [K]."""
        return np.array(self._values)

    @property
    def last(self) -> float:
        """The newest value."""
        return self._values[-1]

    @property
    def last_step(self) -> int:
        """The newest environment step."""
        return self._steps[-1]

    @property
    def last_time(self) -> float:
        """When the newest value was logged, seconds since 1970."""
        return self._times[-1]

    def extend(self, steps: np.ndarray, times: np.ndarray, values: np.ndarray) -> None:
        """Append what was logged; of the types above."""
        self._steps.frombytes(steps.tobytes())
        self._times.frombytes(times.tobytes())
        self._values.frombytes(values.tobytes())

    def purge(self, step: int) -> None:
        """Forget everything at `step` or later."""
        kept = self.steps < step
        self._steps, self._times = array("q", self.steps[kept].tobytes()), array("d", self.times[kept].tobytes())
        self._values = array("f", self.values[kept].tobytes())


class RunEvents:
    """What a run has logged in `folder`; `read` takes in what is new there.

    `series` are its curves by tag, `config` is its resolved config as YAML or empty, and `trouble` says what cannot be
    read, or is empty. `version` changes whenever the curves do.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._forget()
        self.version = 0

    def _forget(self) -> None:
        self.series: dict[str, Series] = {}
        self.config, self.trouble = "", ""
        self._done: dict[str, int] = {}  # bytes of each file that are taken in
        self._damaged: set[str] = set()

    def read(self) -> float:
        """Read at most CHUNK_BYTES of what is new; returns which share of the files is read by now, 0 to 1."""
        try:
            sizes = {path: path.stat().st_size for path in sorted(self.folder.glob(PATTERN)) if path.is_file()}
        except OSError as error:
            self.trouble = f"{self.folder}: cannot be read ({error.strerror})"
            return 1.0
        if any(sizes.get(self.folder / name, 0) < done for name, done in self._done.items()):
            self._forget()  # a file was written anew
        left, before = CHUNK_BYTES, sum(self._done.values())
        for path, size in sizes.items():
            if path.name not in self._damaged and left > 0 and size > self._done.get(path.name, 0):
                left -= self._read(path, left)
        if left > 0 or sum(self._done.values()) == before:
            return 1.0  # if anything is missing, it is a record that is being written
        done = sum(size if path.name in self._damaged else self._done.get(path.name, 0) for path, size in sizes.items())
        return done / sum(sizes.values())

    def _read(self, path: Path, limit: int) -> int:
        """Take in at most `limit` bytes of a file; returns how many were read."""
        done = self._done.get(path.name, 0)
        try:
            with path.open("rb") as file:
                file.seek(done)
                chunk = file.read(max(limit, HEAD))
                while (records := split(chunk)).used == 0 and not records.damaged:
                    if not (more := file.read(CHUNK_BYTES)):  # a record longer than the limit
                        break
                    chunk += more
        except OSError as error:
            self.trouble = f"{path.name}: cannot be read ({error.strerror})"
            return 0
        intact = self._take_all(chunk, records)
        self._done[path.name] = done + records.used
        if records.damaged or not intact:
            self._damaged.add(path.name)
            self.trouble = f"{path.name}: damaged at byte {done + records.used:,}; what follows is not shown"
        self.version += bool(records.used)
        return len(chunk)

    def _take_all(self, chunk: bytes, records: Records) -> bool:
        """Take in records, in order; returns whether all were events."""
        found = scalars(np.frombuffer(chunk, np.uint8), records.starts, records.lengths)
        others = np.setdiff1d(np.arange(len(records.starts)), found.records)
        begin = 0
        for other, end in zip(others, np.searchsorted(found.records, others), strict=True):
            self._add(found, slice(begin, end))
            start, begin = records.starts[other], end
            if not self._take(chunk[start : start + records.lengths[other]]):
                return False
        self._add(found, slice(begin, len(found.records)))
        return True

    def _add(self, found: Scalars, part: slice) -> None:
        """Take in scalars."""
        which = found.which[part]
        if not len(which):
            return
        order = np.argsort(which, kind="stable")
        numbers, starts = np.unique(which[order], return_index=True)
        for number, rows in zip(numbers, np.split(order, starts[1:]), strict=True):
            if (series := self.series.get(tag := found.tags[number])) is None:
                series = self.series[tag] = Series()
            series.extend(found.steps[part][rows], found.times[part][rows], found.values[part][rows])

    def _take(self, data: bytes) -> bool:
        """Take in an event; returns whether it was one."""
        try:
            event = PROTO.Event.FromString(data)
        except DecodeError:
            return False
        if event.HasField("session_log") and event.session_log.status == PROTO.SessionLog.START:
            for series in self.series.values():
                series.purge(event.step)
        for value in event.summary.value:
            if value.HasField("simple_value"):
                value_of = np.array([value.simple_value], np.float32)
                series = self.series.setdefault(value.tag, Series())
                series.extend(np.array([event.step]), np.array([event.wall_time]), value_of)
            elif value.tag == CONFIG_TAG and value.tensor.string_val:
                self.config = value.tensor.string_val[0].decode(errors="replace")
        return True
