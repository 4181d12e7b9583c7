"""The records of an event file: eight bytes of length, their checksum, the data, their checksum.

Checksums are CRC-32C, which neither Python nor numpy has: here for many records at once, a byte of each at a time.
"""

from struct import Struct
from typing import NamedTuple

import numpy as np

HEAD, FOOT = 12, 4  # bytes around the data of a record
LENGTH = Struct("<Q")
MAX_LENGTH = 2**24  # of data: a config is some 10 kB; more than this is no length but damage
POLYNOMIAL, MASK = 0x82F63B78, 0xA282EAD8


def _table() -> np.ndarray:
    """What a byte does to a checksum: uint32 [256]."""
    crc = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        crc = np.where(crc & 1, (crc >> 1) ^ np.uint32(POLYNOMIAL), crc >> 1)
    return crc


TABLE = _table()


class Records(NamedTuple):
    """The N intact records at the beginning of a chunk."""

    starts: np.ndarray  # int64 [N], of the data of each
    lengths: np.ndarray  # int64 [N], bytes of data
    used: int  # bytes that the records take
    damaged: bool  # what follows is no record; False: it may still be being written


def split(chunk: bytes) -> Records:
    """Split a chunk that begins with a record; stops at the first that is damaged or not whole yet."""
    starts, lengths, position, damaged = [], [], 0, False
    while position + HEAD <= len(chunk):
        (length,) = LENGTH.unpack_from(chunk, position)
        if length > MAX_LENGTH:
            damaged = True
            break
        if position + HEAD + length + FOOT > len(chunk):
            break
        starts.append(position + HEAD)
        lengths.append(length)
        position += HEAD + length + FOOT
    at, sizes = np.array(starts, np.int64), np.array(lengths, np.int64)
    wrong = np.flatnonzero(~_are_intact(np.frombuffer(chunk, np.uint8), at, sizes))
    if len(wrong):
        damaged, position, at, sizes = True, starts[wrong[0]] - HEAD, at[: wrong[0]], sizes[: wrong[0]]
    # a length that reaches beyond the chunk may be a damaged one: its own checksum tells
    if not damaged and position + HEAD <= len(chunk):
        damaged = masked_crc(chunk[position : position + 8]) != int.from_bytes(chunk[position + 8 :][:4], "little")
    return Records(at, sizes, position, damaged)


def masked_crc(data: bytes) -> int:
    """The checksum of `data` as event files hold it."""
    return int(_masked(np.frombuffer(data, np.uint8), np.zeros(1, np.int64), len(data))[0])


def _are_intact(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Whether both checksums of each record are right: bool [N]."""
    intact = _masked(data, starts - HEAD, 8) == _uint32(data, starts - FOOT)
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        begin = starts[chosen]
        intact[chosen] &= _masked(data, begin, int(length)) == _uint32(data, begin + length)
    return intact


def _masked(data: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """The checksums of `length` bytes from each of `starts` [N] on: uint32 [N]."""
    crc = np.full(len(starts), 0xFFFFFFFF, np.uint32)
    for offset in range(length):
        crc = TABLE[(crc ^ data[starts + offset]) & 0xFF] ^ (crc >> 8)
    crc = ~crc
    return ((crc >> 15) | (crc << 17)) + np.uint32(MASK)


def _uint32(data: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The little-endian number at each of `starts`: uint32 [N]."""
    four = data[starts[:, None] + np.arange(4)].astype(np.uint32)
    return (four << np.array([0, 8, 16, 24], np.uint32)).sum(axis=-1, dtype=np.uint32)
