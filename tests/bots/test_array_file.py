"""Archives that claim more than they hold: refused before anything is allocated."""

import io
import resource
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from jaxrl.bots import array_file
from jaxrl.bots.array_file import open_arrays

LIMIT = 2 * 2**30  # bytes of address space; what the archives claim is more
SCRIPT = f"""
import resource, sys
from pathlib import Path
from jaxrl.bots.array_file import open_arrays
resource.setrlimit(resource.RLIMIT_AS, ({LIMIT}, {LIMIT}))
try:
    with open_arrays(Path(sys.argv[1])) as file:
        print(file.shape("a"))
        file.read("a")
except Exception as error:
    print(f"{{type(error).__name__}}: {{error}}")
"""


def header(shape, dtype="<f4"):
    """The beginning of a .npy file."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue()


def archive(path, compression=zipfile.ZIP_STORED, **members):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, pieces in members.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
    return path


def outcome(path):
    """What a fresh process with little memory says."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr


def test_a_bomb_of_a_gigabyte_in_a_megabyte(tmp_path):
    zeros = [bytes(2**26)] * 16  # 1 GiB
    path = archive(tmp_path / "bomb.npz", zipfile.ZIP_DEFLATED, a=[header((2**28,)), *zeros])
    assert path.stat().st_size < 2**21
    assert "compressed, or claim to be larger" in outcome(path)


@pytest.mark.parametrize(
    ("shape", "dtype", "message"),
    [
        ((10**12,), "<f4", "a has not the size that it claims"),
        ((10**9, 10**9, 10**9, 0), "<f4", "a has not the size that it claims"),
        ((-1,), "<f4", "a has not the size that it claims"),
        ((2,), "<f8", "a has numbers of type float64, not float32"),
        ((2,), "<c8", "a has numbers of type complex64, not float32"),
        ((1,), "|O", "a has numbers of type object, not float32"),
    ],
)
def test_a_shape_that_is_not_what_the_file_holds(tmp_path, shape, dtype, message):
    assert message in outcome(archive(tmp_path / "a.npz", a=[header(shape, dtype), b"1234"]))


def test_a_size_in_the_directory_that_the_file_does_not_have(tmp_path):
    """4 GB in the list of contents, and in the header of the array, of a file of some hundred bytes."""
    path = archive(tmp_path / "a.npz", a=[header((2**30 - 4,)), b"1234"])
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2")  # sizes of the first entry, compressed and not, of 4 bytes each
    content[at + 20 : at + 28] = np.uint32([2**32 - 2] * 2).tobytes()
    path.write_bytes(content)
    assert "claim to be larger than the file" in outcome(path)


def test_more_names_than_any_bot_has(tmp_path):
    path = archive(tmp_path / "a.npz", **{f"array_{i}": [b""] for i in range(array_file.MAX_ARRAYS + 1)})
    assert "more than 1000 arrays" in outcome(path)


def test_a_file_larger_than_any_bot(tmp_path):
    path = archive(tmp_path / "a.npz", a=[header((1,)), b"1234"])
    with path.open("rb+") as file:
        file.truncate(2**40)  # holes: no room on the disk
    assert "larger than" in outcome(path)


def test_another_list_of_contents_cannot_hide_behind_the_last_record(tmp_path):
    """zip's records for large archives, and comments, would overrule what was checked."""
    path = archive(tmp_path / "a.npz", a=[header((1,)), b"1234"])
    content = path.read_bytes()
    at = content.rindex(b"PK\5\6")
    path.write_bytes(content[:at] + b"PK\6\7" + bytes(16) + content[at:])
    assert "not an archive" in outcome(path)
    path.write_bytes(content[:-2] + b"\2\0ab")
    assert "not an archive" in outcome(path)
    path.write_bytes(b"")
    assert "not an archive" in outcome(path)


def test_what_is_whole_is_read_in_little_memory(tmp_path):
    assert resource.RLIM_INFINITY in resource.getrlimit(resource.RLIMIT_AS), "else the other tests show nothing"
    path = tmp_path / "a.npz"
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.savez(path, a=array, b=np.asfortranarray(array))
    assert outcome(path) == "(2, 3)"
    with open_arrays(path) as file:
        for name in "ab":
            assert file.shape(name) == (2, 3)
            np.testing.assert_array_equal(file.read(name), array)
        assert "c" not in file
