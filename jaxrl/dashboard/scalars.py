"""Scalars of many records at once: two hours of a run are a million, and one by one they would take ten seconds.

tensorboardX writes a scalar as `09 TIME[8] 10 STEP 2a L 0a L 0a L TAG 15 VALUE[4]`, where a STEP takes seven bits a
byte and an L is the length of what follows it. Whatever looks otherwise is left to the reader of single events.
"""

from typing import NamedTuple

import numpy as np

STEP_AT = 10  # bytes before the step
MAX_STEP_BYTES = 9
BEFORE_TAG, VALUE = 6, 5  # bytes between step and tag, and of the value with its mark


class Scalars(NamedTuple):
    """What N records hold; `which` is -1 where a record is something else, else the index of its tag in `tags`."""

    tags: list[str]
    which: np.ndarray  # int64 [N]
    steps: np.ndarray  # int64 [N], environment steps
    times: np.ndarray  # float64 [N], seconds since 1970
    values: np.ndarray  # float32 [N]


def scalars(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> Scalars:
    """Read records of `lengths` [N] bytes that begin at `starts` [N] in `data`, uint8."""
    count = len(starts)
    found = Scalars([], np.full(count, -1), np.zeros(count, np.int64), np.zeros(count), np.zeros(count, np.float32))
    numbers: dict[str, int] = {}  # of the tags
    for length in np.unique(lengths):
        if length > STEP_AT + BEFORE_TAG + VALUE:
            _read(data, starts, np.flatnonzero(lengths == length), int(length), found, numbers)
    found.tags.extend(numbers)
    return found


def _read(
    data: np.ndarray, starts: np.ndarray, rows: np.ndarray, length: int, found: Scalars, numbers: dict[str, int]
) -> None:
    """Read those records, `rows`, that have one length."""
    at = starts[rows]
    marked = (data[at] == 0x09) & (data[at + 9] == 0x10) & (data[at + length - VALUE] == 0x15)
    rows, at, steps = rows[marked], at[marked], np.zeros(marked.sum(), np.int64)
    for width in range(1, min(MAX_STEP_BYTES, length - STEP_AT - BEFORE_TAG - VALUE) + 1):
        byte = data[at + STEP_AT + width - 1].astype(np.int64)
        steps |= (byte & 0x7F) << (7 * (width - 1))
        ends = byte < 0x80
        inner = length - STEP_AT - width  # bytes after the step
        head = np.array([0x2A, inner - 2, 0x0A, inner - 4, 0x0A, inner - BEFORE_TAG - VALUE])
        after = _bytes(data, at + STEP_AT + width, BEFORE_TAG)
        fits = ends & (after == head).all(axis=1) & (head < 0x80).all()
        size = max(inner - BEFORE_TAG - VALUE, 1)
        tag = _bytes(data, at[fits] + STEP_AT + width + BEFORE_TAG, size).view(f"S{size}")[:, 0]
        names, which = np.unique(tag, return_inverse=True)
        known = [numbers.setdefault(name.decode(errors="replace"), len(numbers)) for name in names.tolist()]
        chosen = rows[fits]
        found.which[chosen] = np.array(known, np.int64)[which]
        found.steps[chosen] = steps[fits]
        found.times[chosen] = _bytes(data, at[fits] + 1, 8).view("<f8")[:, 0]
        found.values[chosen] = _bytes(data, at[fits] + length - 4, 4).view("<f4")[:, 0]
        rows, at, steps = rows[~ends], at[~ends], steps[~ends]
        if not len(rows):
            return


def _bytes(data: np.ndarray, starts: np.ndarray, count: int) -> np.ndarray:
    """`count` bytes from each of `starts` [N] on: uint8 [N, count]."""
    return data[starts[:, None] + np.arange(count)]
