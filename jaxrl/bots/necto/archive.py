"""Tensors of a TorchScript archive: a zip file of a stranger, of which only floats of known shape are read.

As in `jaxrl.bots.array_file`, whatever it claims to hold is checked before room is made for it.
"""

import math
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from jaxrl.bots.array_file import END, END_SIGNATURE, LOCATOR_SIGNATURE
from jaxrl.bots.necto.names import MAX_BYTES as MAX_NAMES_BYTES
from jaxrl.bots.necto.names import ArchiveError, Module, Tensor, read_module, tensor_of
from jaxrl.errors import UserError, one_line
from jaxrl.files import check_path, nearest_path, open_regular

Shape = tuple[int, ...]

NAMES = "data.pkl"
MAX_BYTES = 2**25  # the largest known has 1.9 MB
MAX_ENTRIES = 2000
MAX_DIRECTORY_BYTES = 200 * MAX_ENTRIES

# torch ends its archives with the records for large ones, whatever their size
END_64, END_64_SIGNATURE = struct.Struct("<4sQ2H2L4Q"), b"PK\6\6"
LOCATOR = struct.Struct("<4sLQL")


def read_tensors(path: Path, shapes: Mapping[str, Shape]) -> dict[str, np.ndarray]:
    """The tensors of these names and shapes, float32; raises UserError, in one line, for a file without them."""
    check_path(path)
    try:
        with open_regular(path) as stream:
            num_bytes = stream.seek(0, 2)
            _check_directory(stream, num_bytes)
            with zipfile.ZipFile(stream) as archive:
                return _read(archive, shapes, num_bytes)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}){nearest_path(path)}") from error
    except Exception as error:  # zipfile raises a dozen kinds for a damaged file
        reason = str(error) if isinstance(error, ArchiveError) else f"damaged ({type(error).__name__})"
        raise UserError(f"{path}: {one_line(reason)}") from error


def _check_directory(stream: BinaryIO, num_bytes: int) -> None:
    """Check that the list of entries, which zipfile reads whole, is short; raises ArchiveError.

    Both ways to find it must lead to the same place.
    """
    if num_bytes > MAX_BYTES:
        raise ArchiveError(f"larger than {MAX_BYTES:,} bytes")
    stream.seek(max(0, num_bytes - END_64.size - LOCATOR.size - END.size))
    last = stream.read()
    if len(last) < END_64.size + LOCATOR.size + END.size:
        raise ArchiveError("not a TorchScript archive, or cut short")
    large, locator, end = last[: END_64.size], last[END_64.size : -END.size], last[-END.size :]
    signature, *_, count, directory_bytes, _, comment_bytes = END.unpack(end)
    if (signature, comment_bytes) != (END_SIGNATURE, 0):
        raise ArchiveError("not a TorchScript archive, or cut short")
    if locator.startswith(LOCATOR_SIGNATURE):
        signature, *_, count, directory_bytes, _ = END_64.unpack(large)
        if signature != END_64_SIGNATURE or LOCATOR.unpack(locator)[2] != num_bytes - len(last):
            raise ArchiveError("not a TorchScript archive, or damaged")
    if count > MAX_ENTRIES or directory_bytes > MAX_DIRECTORY_BYTES:
        raise ArchiveError(f"more than {MAX_ENTRIES} entries")


def _read(archive: zipfile.ZipFile, shapes: Mapping[str, Shape], num_bytes: int) -> dict[str, np.ndarray]:
    entries = {info.filename: info for info in archive.infolist()}
    if sum(info.compress_size for info in archive.infolist()) > num_bytes:
        raise ArchiveError("claims to hold more than the file does")
    roots = [name.removesuffix(NAMES) for name in entries if name.endswith(f"/{NAMES}") and name.count("/") == 1]
    if len(roots) != 1:
        raise ArchiveError(f"not a TorchScript archive: no {NAMES} in it")
    root = roots[0]
    module = read_module(_entry(archive, entries[root + NAMES], MAX_NAMES_BYTES))
    found = {name: _checked(module, name, shape) for name, shape in shapes.items()}
    tensors = {}
    for name, tensor in found.items():
        entry = entries.get(f"{root}data/{tensor.storage.key}")
        size = 4 * math.prod(shapes[name])
        if entry is None or entry.file_size != size:
            raise ArchiveError(f"{name}: its numbers are missing, or not as many as it claims")
        numbers = np.frombuffer(_entry(archive, entry, size), "<f4").astype(np.float32)
        if not np.isfinite(numbers).all():
            raise ArchiveError(f"{name}: not all of its numbers are finite")
        tensors[name] = numbers.reshape(shapes[name])
    return tensors


def _checked(module: Module, name: str, shape: Shape) -> Tensor:
    """The tensor that is there under a name, if it is as expected; raises ArchiveError."""
    try:
        tensor = tensor_of(module, name)
    except KeyError as error:
        raise ArchiveError(f"has no tensor {name}: another network") from error
    if tensor.shape != shape:
        raise ArchiveError(f"{name} has the shape {_short(tensor.shape)}, not {list(shape)}: another network")
    in_order = tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
    if (tensor.offset, tensor.strides, tensor.storage.size) != (0, in_order, math.prod(shape)):
        raise ArchiveError(f"{name} is part of a larger one, or in another order")
    return tensor


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """The bytes of an entry, which must stand in the file as they are; raises ArchiveError."""
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise ArchiveError(f"{info.filename[-60:]} is compressed, which torch does not do")
    if info.file_size > max_bytes:
        raise ArchiveError(f"{info.filename[-60:]} is larger than {max_bytes:,} bytes")
    with archive.open(info) as member:
        content = member.read(max_bytes)
    if len(content) != info.file_size:
        raise ArchiveError(f"{info.filename[-60:]} is cut short")
    return content


def _short(shape: Shape) -> str:
    return str(list(shape)) if len(shape) <= 4 else f"[{shape[0]}, ... {len(shape)} axes]"
