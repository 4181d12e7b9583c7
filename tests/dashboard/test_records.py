"""Records of event files: whole ones are taken, torn and damaged ones are not."""

import struct

import numpy as np
import pytest

from jaxrl.dashboard.records import masked_crc, split


def record(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))


def test_the_checksum_is_crc_32c_masked():
    """Of "123456789" CRC-32C is 0xE3069283: its right 15 bits to the left end are 0x2507C60D, plus 0xA282EAD8."""
    crc = 0xE3069283
    expected = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) % 2**32
    assert masked_crc(b"123456789") == expected


def texts(chunk, records):
    pairs = zip(records.starts, records.lengths, strict=True)
    return [chunk[start : start + length] for start, length in pairs]


def test_whole_records_are_taken_and_what_is_being_written_waits():
    chunk = record(b"one") + record(b"three") + record(b"seven")
    for size in range(len(chunk) + 1):
        part = chunk[:size]
        records = split(part)
        whole = sum(size >= end for end in (19, 40, 61))
        assert texts(part, records) == [b"one", b"three", b"seven"][:whole]
        assert records.used == [0, 19, 40, 61][whole]
        assert not records.damaged


@pytest.mark.parametrize("place", range(19, 40))
def test_a_flipped_bit_anywhere_ends_it_there(place):
    chunk = bytearray(record(b"one") + record(b"three") + record(b"seven"))
    chunk[place] ^= 0x10
    records = split(bytes(chunk))
    assert texts(bytes(chunk), records) == [b"one"]
    assert (records.used, records.damaged) == (19, True)


def test_zeros_where_a_disk_lost_what_was_written_are_damage():
    records = split(record(b"one") + bytes(100))
    assert (len(records.starts), records.damaged) == (1, True)
    assert np.array_equal(records.starts, [12])
