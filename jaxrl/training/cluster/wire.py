"""A rollout as it crosses the network: half of its bytes, as most numbers of a row are flags and counts.

Numbers stay what they are, but for the seconds until boost pads are back: whole ticks.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from jaxrl.game.columns import Field
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.layout import LAYOUT, LONG_AGO
from jaxrl.sim.rollout import Rollout

FLAGS, COUNTS, TICKS = {"0 or 1"}, {"ticks", "count", "goals", "number"}, {"pad_seconds"}  # units, units, a field
HALF = 2**15  # among counts of 16 bits stands for LONG_AGO, from which ticks count on


class Rows(NamedTuple):
    """Raw states `[..., F]`, column by kind."""

    flags: np.ndarray  # [..., ceil(flags / 8)] uint8
    few: np.ndarray  # [..., counts that begin anew in every episode] uint8, or float32 where one does not fit
    counts: np.ndarray  # [..., all other counts] uint16, likewise
    ticks: np.ndarray  # [..., pads] uint16
    numbers: np.ndarray  # [..., the rest] float32


class Packed(NamedTuple):
    """See `jaxrl.sim.rollout.Rollout`; of the last states only those that are used."""

    states: Rows
    actions: np.ndarray  # [T, N, C] uint16
    ended: np.ndarray  # uint8, bits of [2, T, N]: terminated, truncated
    final_states: Rows
    final_index: np.ndarray  # [e, 2] uint16 or int32
    log_probs: np.ndarray | None  # [T, N, C] float32

    @property
    def nbytes(self) -> int:
        """Of all arrays."""
        arrays = *self.states, *self.final_states, self.actions, self.ended, self.final_index
        return sum(array.nbytes for array in arrays) + (0 if self.log_probs is None else self.log_probs.nbytes)


class Columns(NamedTuple):
    """Which columns of a row are of which kind."""

    flags: np.ndarray
    few: np.ndarray
    counts: np.ndarray
    ticks: np.ndarray
    numbers: np.ndarray


@cache
def columns(row_size: int) -> Columns:
    """The columns of a row of F numbers by kind, each once."""
    kinds: dict[str, list[np.ndarray]] = {name: [] for name in Columns._fields}
    for field, places in zip(LAYOUT.fields, LAYOUT.unpack(np.arange(row_size)), strict=True):
        kinds[_kind(field)].append(np.ravel(places))
    return Columns(**{kind: np.concatenate(found) for kind, found in kinds.items()})


def _kind(field: Field) -> str:
    if field.name in TICKS:
        return "ticks"
    if field.unit in FLAGS:
        return "flags"
    if field.unit in COUNTS:
        return "few" if field.unit == "count" and field.first == 0 else "counts"
    return "numbers"


def pack(rollout: Rollout) -> Packed:
    """Make a rollout smaller; `weight` is not among what nodes send."""
    used = rollout.final_index[:, 0] < len(rollout.actions)
    return Packed(
        pack_rows(rollout.states),
        rollout.actions.astype(np.uint16),
        np.packbits(np.stack([rollout.terminated, rollout.truncated])),
        pack_rows(rollout.final_states[used]),
        rollout.final_index[used],
        rollout.log_probs,
    )


def unpack(packed: Packed, row_size: int) -> Rollout:
    """The rollout again, without slots that are not used."""
    shape = packed.actions.shape[:2]
    ended = np.unpackbits(packed.ended, count=2 * shape[0] * shape[1]).reshape(2, *shape).astype(np.bool_)
    return Rollout(
        unpack_rows(packed.states, row_size),
        packed.actions.astype(np.int32),
        *ended,
        unpack_rows(packed.final_states, row_size),
        packed.final_index,
        log_probs=packed.log_probs,
    )


def pack_rows(rows: np.ndarray) -> Rows:
    """Raw states `[..., F]`, smaller."""
    kinds = columns(rows.shape[-1])
    few, counts = rows[..., kinds.few], rows[..., kinds.counts]
    is_far = counts >= LONG_AGO
    small = np.where(is_far, counts - np.float32(LONG_AGO - HALF), counts)
    fits = _are_whole(small, 2 * HALF) and bool(((counts < HALF) | is_far).all())
    return Rows(
        np.packbits(rows[..., kinds.flags] != 0, axis=-1),
        few.astype(np.uint8) if _are_whole(few, 2**8) else few,
        small.astype(np.uint16) if fits else counts,
        np.rint(rows[..., kinds.ticks] * TICKS_PER_SECOND).clip(0, 2 * HALF - 1).astype(np.uint16),
        rows[..., kinds.numbers],
    )


def _are_whole(values: np.ndarray, below: int) -> bool:
    return bool(((values == np.floor(values)) & (values >= 0) & (values < below)).all())


def unpack_rows(packed: Rows, row_size: int) -> np.ndarray:
    """Raw states `[..., F]` float32 again."""
    kinds = columns(row_size)
    rows = np.empty((*packed.numbers.shape[:-1], row_size), np.float32)
    rows[..., kinds.flags] = np.unpackbits(packed.flags, axis=-1, count=len(kinds.flags))
    rows[..., kinds.few] = packed.few
    rows[..., kinds.counts] = packed.counts
    if packed.counts.dtype == np.uint16:
        counts = packed.counts.astype(np.float32)
        rows[..., kinds.counts] = np.where(counts >= HALF, counts + np.float32(LONG_AGO - HALF), counts)
    rows[..., kinds.ticks] = packed.ticks / np.float32(TICKS_PER_SECOND)
    rows[..., kinds.numbers] = packed.numbers
    return rows
