"""Archives of strangers: tensors are read as they are, nothing in the file is run, and what is wrong is one line."""

import pickle
import subprocess
import sys
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from support.archives import ROOT, Names, entries_of, in_written_order, names_of, random_tensors, write_archive
from support.cli import assert_one_line
from support.special_files import ARTICLES, make_special

from jaxrl.bots.necto import archive
from jaxrl.bots.necto.archive import read_tensors
from jaxrl.errors import UserError

SHAPES = {"net.linear.weight": (3, 2), "net.linear.bias": (3,), "net.other.0.weight": (400, 300)}


@pytest.fixture
def tensors():
    return random_tensors(SHAPES)


def outcome(path) -> str:
    """The line that a user sees."""
    with pytest.raises(UserError) as caught:
        read_tensors(path, SHAPES)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    assert len(message) < 2 * len(str(path)) + 200
    return message


def test_tensors_are_read_as_they_are(tmp_path, tensors):
    found = read_tensors(write_archive(tmp_path / "a.pt", entries_of(tensors)), SHAPES)
    assert list(found) == list(SHAPES)
    for name, tensor in tensors.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], tensor)


def test_also_from_an_archive_that_ends_as_small_ones_do(tmp_path, tensors):
    content = write_archive(tmp_path / "a.pt", entries_of(tensors)).read_bytes()
    (tmp_path / "b.pt").write_bytes(content[: -22 - 20 - 56] + content[-22:])
    found = read_tensors(tmp_path / "b.pt", SHAPES)
    np.testing.assert_array_equal(found["net.linear.weight"], tensors["net.linear.weight"])


# data.pkl of somebody who wants it to be run: where pickle reads them, each leaves a file behind
CODE = b"from pathlib import Path; Path('ran').touch()"
HOSTILE = {
    "a function of another module": b"cbuiltins\nexec\n(X" + len(CODE).to_bytes(4, "little") + CODE + b"tR.",
    "a class of the archive, called": b"c__torch__.trap\nModule\n)R.",
    "a class of the archive, with arguments": b"c__torch__.trap\nModule\nK\x01\x85\x81.",
    "a class of the archive, with a state": b"c__torch__.trap\nModule\n)\x81K\x01b.",
    "a class of the archive": b"c__torch__.trap\nModule\n)\x81.",
}
TRAP = "from pathlib import Path\n\nPath('ran').touch()\n\n\nclass Module:\n    pass\n"


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A package of the name that classes in archives have, which leaves a file behind when it is imported."""
    (tmp_path / "__torch__").mkdir()
    (tmp_path / "__torch__" / "__init__.py").touch()
    (tmp_path / "__torch__" / "trap.py").write_text(TRAP)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "ran"
    for name in ("__torch__", "__torch__.trap"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_is_run(trap, tmp_path, tensors, kind):
    names = b"\x80\x02" + HOSTILE[kind]
    outcome(write_archive(tmp_path / "a.pt", entries_of(tensors) | {"data.pkl": names}))
    assert not trap.exists()
    with suppress(Exception):  # it may fail after it ran
        pickle.loads(names)
    assert trap.exists(), "what is refused does no harm anyway"


@pytest.mark.parametrize("protocol", range(6))
def test_whatever_python_pickles_is_refused(tmp_path, tensors, protocol):
    for value in ({"net": {"linear": 1}}, [1, 2], Exception, 2**70):
        names = pickle.dumps(value, protocol)
        assert "data.pkl" in outcome(write_archive(tmp_path / "a.pt", entries_of(tensors) | {"data.pkl": names}))


WRONG = {
    "transposed": (lambda names, shape: Names.tensor(names, shape, (1, *shape[:-1])), "or in another order"),
    "a part": (lambda names, shape: Names.tensor(names, shape, offset=1), "is part of a larger one"),
    "another shape": (lambda names, shape: Names.tensor(names, (*shape, 1)), "has the shape [3, 2, 1], not [3, 2]"),
    "gigabytes": (lambda names, shape: Names.tensor(names, (2**30,)), "has the shape [1073741824], not [3, 2]"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_tensors_that_are_not_as_expected(tmp_path, tensors, kind):
    write, message = WRONG[kind]
    path = write_archive(tmp_path / "a.pt", entries_of(tensors) | {"data.pkl": names_of(SHAPES, write)})
    assert message in outcome(path)


def test_what_is_missing_or_not_what_it_seems_is_named(tmp_path, tensors):
    entries = entries_of(tensors)
    number = in_written_order(SHAPES).index("net.other.0.weight")

    def said(changed, compressed=()):
        return outcome(write_archive(tmp_path / "a.pt", changed, compressed))

    def without(name):
        return {other: content for other, content in entries.items() if other != name}

    assert "no data.pkl in it" in said(without("data.pkl"))
    fewer = {name: tensor for name, tensor in tensors.items() if name != "net.linear.bias"}
    assert "has no tensor net.linear.bias" in said(entries_of(fewer))
    assert "net.other.0.weight: its numbers are missing" in said(without(f"data/{number}"))
    assert "net.other.0.weight: its numbers are missing, or not as many" in said(entries | {f"data/{number}": bytes(8)})
    assert f"data/{number} is compressed" in said(entries, (f"data/{number}",))
    assert "data.pkl is compressed" in said(entries, ("data.pkl",))
    assert "data.pkl is larger than" in said(entries | {"data.pkl": bytes(200_000)})
    broken = {name: tensor.copy() for name, tensor in tensors.items()}
    broken["net.linear.bias"][1] = np.nan
    assert "net.linear.bias: not all of its numbers are finite" in said(entries_of(broken))
    doubles = entries["data.pkl"].replace(b"FloatStorage", b"DoubleStorage")
    assert "asks for 'torch DoubleStorage'" in said(entries | {"data.pkl": doubles})


def test_nested_in_itself_or_ten_thousand_times(tmp_path, tensors):
    """A module that is its own attribute, a tuple in a tuple in a tuple, one twice in the next: none is followed."""
    loop = b"\x80\x02c__torch__.a\nB\n)\x81q\0}(X\3\0\0\0neth\0ub."
    deep = b"\x80\x02)" + b"\x85" * 90_000 + b"."
    doubled = b"\x80\x02)" + b"q\0h\0\x86" * 19_000 + b"R."
    for names, message in ((loop, "no tensor net.linear.weight"), (deep, "no network"), (doubled, "damaged")):
        path = write_archive(tmp_path / "a.pt", entries_of(tensors) | {"data.pkl": names})
        assert message in outcome(path)


def test_cut_short_anywhere_or_with_a_byte_changed(tmp_path, tensors):
    """Never a traceback; and what is read all the same is what was written, for every entry has a checksum."""
    content = write_archive(tmp_path / "a.pt", entries_of(tensors)).read_bytes()
    path, rng = tmp_path / "b.pt", np.random.default_rng(0)
    for size in [0, 1, 21, 22, 97, 98, *rng.integers(len(content), size=20)]:
        path.write_bytes(content[:size])
        outcome(path)
    ends = rng.integers(len(content) - 1500, len(content), 150)  # names, list of entries and end
    for at in [*rng.integers(len(content), size=20), *ends]:
        changed = bytearray(content)
        changed[at] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        try:
            found = read_tensors(path, SHAPES)
        except UserError as error:
            assert_one_line(error)
        else:
            for name, tensor in tensors.items():
                np.testing.assert_array_equal(found[name], tensor)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file(tmp_path, kind):
    assert f"cannot be read (is {ARTICLES[kind]}, not a file)" in outcome(make_special(tmp_path, kind))


def test_a_file_that_is_not_there(tmp_path, tensors):
    write_archive(tmp_path / "model.pt", entries_of(tensors))
    said = outcome(tmp_path / "models.pt")
    assert "cannot be read (No such file or directory); did you mean" in said
    assert said.endswith("model.pt?")


LIMIT = 3 * 2**29  # bytes of address space; what the archives claim is more
SCRIPT = f"""
import resource, sys
from pathlib import Path
from jaxrl.bots.necto.archive import read_tensors
resource.setrlimit(resource.RLIMIT_AS, ({LIMIT}, {LIMIT}))
for path in sys.argv[1:]:
    try:
        read_tensors(Path(path), {{"net.weight": (2**28,)}})
    except BaseException as error:
        print(f"{{type(error).__name__}}: {{error}}")
"""


def test_claims_of_gigabytes_take_no_memory(tmp_path):
    """A gigabyte of zeros in some megabytes, as many in the list of entries of a small file, too many entries."""
    names = names_of({"net.weight": (2**28,)})
    bomb = tmp_path / "bomb.pt"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr(f"{ROOT}/data.pkl", names, zipfile.ZIP_STORED)
        with file.open(f"{ROOT}/data/0", "w", force_zip64=True) as member:
            for _ in range(16):
                member.write(bytes(2**26))
    assert bomb.stat().st_size < 2**24
    small = write_archive(tmp_path / "small.pt", {"data/0": b"1234", "data.pkl": names})
    content = bytearray(small.read_bytes())
    at = content.index(b"PK\1\2")  # sizes of the first entry, compressed and not, of 4 bytes each
    content[at + 20 : at + 28] = np.uint32([2**30] * 2).tobytes()
    small.write_bytes(content)
    many = write_archive(tmp_path / "many.pt", {f"data/{k}": b"" for k in range(archive.MAX_ENTRIES + 1)})
    large = tmp_path / "large.pt"
    large.touch()
    with large.open("rb+") as file:
        file.truncate(2**40)  # holes: no room on the disk
    paths = [str(path) for path in (bomb, small, many, large)]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *paths], capture_output=True, text=True, timeout=60)
    lines = done.stdout.splitlines()
    assert len(lines) == 4, done.stderr
    messages = ("data/0 is compressed", "to hold more than the file does", "more than 2000 entries", "larger than")
    for line, message in zip(lines, messages, strict=True):
        assert line.startswith("UserError: ")
        assert message in line
