"""Arrays in a file of a stranger, `.npz`: what it claims to hold is checked before room is made for it.

numpy alone would fill the memory: a zip archive of a few kilobytes may stand for gigabytes, and an array has whatever
shape it says. jaxrl stores arrays as they are, so an archive is never smaller than what it holds.
"""

import math
import struct
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from jaxrl.files import open_regular

Shape = tuple[int, ...]

MAX_BYTES = 2**30  # a network of ten layers of 4,096 has 0.6 of that
MAX_ARRAYS = 1000
MAX_DIRECTORY_BYTES = 200 * MAX_ARRAYS
MAX_HEADER_BYTES = 10_000  # numpy's own limit

END, END_SIGNATURE = struct.Struct("<4s4H2LH"), b"PK\5\6"  # the last record of a zip archive without a comment
LOCATOR_BYTES, LOCATOR_SIGNATURE = 20, b"PK\6\7"  # would stand before it, and overrule it


class ArrayFile:
    """An open `.npz`.

    Its methods raise KeyError for an array that it lacks, ValueError for one that is not as it says, and what zipfile
    and numpy raise for damaged ones.
    """

    def __init__(self, archive: zipfile.ZipFile, num_bytes: int) -> None:
        self._archive = archive
        self._infos = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        if sum(info.file_size for info in archive.infolist()) > num_bytes:
            raise ValueError("arrays are compressed, or claim to be larger than the file")

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def names(self, beginning: str) -> list[str]:
        """Names of the arrays that begin so, in order."""
        return sorted(name for name in self._infos if name.startswith(beginning))

    def shape(self, name: str, dtype: type = np.float32, *others: type) -> Shape:
        """The shape of an array of numbers of type `dtype`, or one of the `others`, all of which are there."""
        info = self._infos[name]
        with self._archive.open(info) as member:
            if npy.read_magic(member) != (1, 0):
                raise ValueError(f"{name} has another format")
            shape, _, found = npy.read_array_header_1_0(member, MAX_HEADER_BYTES)
            num_bytes = info.file_size - member.tell()
        if found not in (dtype, *others):
            raise ValueError(f"{name} has numbers of type {found.name}, not {np.dtype(dtype).name}")
        if min(shape, default=0) < 0 or math.prod(shape) * found.itemsize != num_bytes:
            raise ValueError(f"{name} has not the size that it claims")
        return shape

    def read_all(self, kinds: Mapping[str, tuple[tuple[type, ...], int]]) -> dict[str, np.ndarray]:
        """The arrays named in `kinds`, each of one of the types, and with as many axes, as stand there."""
        for name, (dtypes, axes) in kinds.items():
            if len(self.shape(name, *dtypes)) != axes:
                raise ValueError(f"{name} has another number of axes")
        return {name: self.read(name) for name in kinds}

    def read(self, name: str) -> np.ndarray:
        """An array whose `shape` has been checked."""
        with self._archive.open(self._infos[name]) as member:
            return npy.read_array(member, allow_pickle=False)


@contextmanager
def open_arrays(path: Path) -> Generator[ArrayFile]:
    """Open a `.npz` file; raises OSError, ValueError, and for damaged files a dozen other kinds of error."""
    with open_regular(path) as stream:
        num_bytes = stream.seek(0, 2)
        _check_directory(stream, num_bytes)
        with zipfile.ZipFile(stream) as archive:
            yield ArrayFile(archive, num_bytes)


def _check_directory(stream: BinaryIO, num_bytes: int) -> None:
    """Check that the list of arrays, which zipfile reads whole, is short; raises ValueError."""
    if num_bytes > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES:,} bytes")
    stream.seek(max(0, num_bytes - END.size - LOCATOR_BYTES))
    last = stream.read()
    if len(last) < END.size + LOCATOR_BYTES or last.startswith(LOCATOR_SIGNATURE):
        raise ValueError("not an archive of arrays, or cut short")
    signature, *_, count, directory_bytes, _, comment_bytes = END.unpack(last[LOCATOR_BYTES:])
    if (signature, comment_bytes) != (END_SIGNATURE, 0):
        raise ValueError("not an archive of arrays, or cut short")
    if count > MAX_ARRAYS or directory_bytes > MAX_DIRECTORY_BYTES:
        raise ValueError(f"more than {MAX_ARRAYS} arrays")
