"""Scalars of many records at once: two hours of a run are millions, and one by one they would take ten seconds.

A record of scalars is `09 TIME[8] 10 STEP 2a L VALUES`, and each of its values `0a L 0a L TAG 15 NUMBER[4]`, where a
STEP takes seven bits a byte and an L, the length of what follows it, too. A run logs the same tags again and again: of
records as long as each other most differ in time, step and numbers alone, so one is taken apart and shows where these
are in all that are like it. Whatever looks otherwise is left to the reader of single events.
"""

from typing import NamedTuple

import numpy as np

TIME_AT, STEP_AT = 1, 10  # in a record
FIXED, STEP, ANY = 0xFF, 0x80, 0  # bits of a byte that records which are alike have in common


class Scalars(NamedTuple):
    """The K scalars in N records, in order."""

    tags: list[str]
    records: np.ndarray  # int64 [K], in which record each is
    which: np.ndarray  # int64 [K], the index of its tag in `tags`
    steps: np.ndarray  # int64 [K], environment steps
    times: np.ndarray  # float64 [K], seconds since 1970
    values: np.ndarray  # float32 [K]


class _Form(NamedTuple):
    """Where things are in a record of scalars."""

    step_bytes: int
    tags: list[str]
    numbers: np.ndarray  # int64 [V], where each value is
    common: np.ndarray  # uint8 [length]: FIXED, STEP or ANY


def scalars(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> Scalars:
    """Read records of `lengths` [N] bytes that begin at `starts` [N] in `data`, uint8."""
    numbers: dict[str, int] = {}  # of the tags
    parts = []
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        while len(rows):
            first = data[starts[rows[0]] :][:length]
            if (form := _form(first.tobytes())) is None:
                rows = rows[1:]
                continue
            block = data[starts[rows][:, None] + np.arange(length)]
            alike = (((block ^ first) & form.common) == 0).all(axis=1)
            parts.append(_read(block[alike], rows[alike], form, numbers))
            rows = rows[~alike]
    if not parts:
        none = np.zeros(0, np.int64)
        return Scalars([], none, none, none, np.zeros(0), np.zeros(0, np.float32))
    records, which, steps, times, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(records, kind="stable")
    return Scalars(list(numbers), records[order], which[order], steps[order], times[order], values[order])


def _form(record: bytes) -> _Form | None:
    """Take apart a record; None if it holds anything but scalars."""
    length = len(record)
    try:
        if record[0] != 0x09 or record[STEP_AT - 1] != 0x10:
            return None
        _, at = _varint(record, STEP_AT)
        step_bytes = at - STEP_AT
        common = np.full(length, FIXED, np.uint8)
        common[TIME_AT : TIME_AT + 8] = ANY
        common[STEP_AT:at] = STEP
        at = _enter(record, at, 0x2A, length)
        tags, numbers = [], []
        while at < length:
            inner, end = _varint(record, at + 1)
            value = _enter(record, at, 0x0A, end + inner)
            size, tag_at = _varint(record, value + 1)
            number = tag_at + size + 1
            if record[value] != 0x0A or record[number - 1] != 0x15 or number + 4 != end + inner:
                return None
            tags.append(record[tag_at : tag_at + size].decode(errors="replace"))
            numbers.append(number)
            common[number : number + 4] = ANY
            at = number + 4
    except (IndexError, ValueError):
        return None
    return _Form(step_bytes, tags, np.array(numbers), common) if tags else None


def _enter(record: bytes, at: int, mark: int, end: int) -> int:
    """Where the content begins of what `mark` and a length before it announce; ValueError unless it ends at `end`."""
    size, begin = _varint(record, at + 1)
    if record[at] != mark or begin + size != end:
        raise ValueError
    return begin


def _varint(record: bytes, at: int) -> tuple[int, int]:
    """The number of seven bits a byte at `at`, and where it ends."""
    number = shift = 0
    while True:
        byte = record[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _read(block: np.ndarray, rows: np.ndarray, form: _Form, numbers: dict[str, int]) -> tuple[np.ndarray, ...]:
    """Records, which, steps, times and values of R records `rows` of one form, `block` uint8 [R, length]."""
    count = len(form.tags)
    steps = np.zeros(len(rows), np.int64)
    for place in range(form.step_bytes):
        steps |= (block[:, STEP_AT + place].astype(np.int64) & 0x7F) << (7 * place)
    times = np.ascontiguousarray(block[:, TIME_AT : TIME_AT + 8]).view("<f8")[:, 0]
    values = np.ascontiguousarray(block[:, (form.numbers[:, None] + np.arange(4)).ravel()]).view("<f4").ravel()
    which = np.array([numbers.setdefault(tag, len(numbers)) for tag in form.tags])
    return (
        np.repeat(rows, count),
        np.tile(which, len(rows)),
        np.repeat(steps, count),
        np.repeat(times, count),
        values,
    )
