"""Config files with anything wrong in them: a valid config, or one clear line. Never a traceback, never code run."""

import os
import random
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jaxrl.config.load import load_config
from jaxrl.config.schema import Config
from jaxrl.errors import UserError

FINAL = Path(__file__).parents[2] / "configs" / "final.yaml"
TEXT = FINAL.read_text(encoding="utf-8")
ORIGINAL = yaml.safe_load(TEXT)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["1e400", "-0", "0x1F", "010", "~", "auto", "null", "a.b:c", "os:system", "../../etc", "\0", "é" * 50]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


BILLION_LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in pairwise("abcdefghi")
)


def places(data: dict, prefix: tuple = ()) -> list[tuple]:
    """Every key of the config."""
    found = []
    for key, value in data.items():
        found.append((*prefix, key))
        found += places(value, (*prefix, key)) if isinstance(value, dict) else []
    return found


PLACES = places(ORIGINAL)


def check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        assert isinstance(load_config(path), Config)
    except UserError as error:
        text = str(error)
        assert text.strip()
        assert len(text.splitlines()) == 1, text
        assert len(text) < 2000, text
        assert path.name in text or "extends" in text, text


SYNTAX = ["{", "[", "&a ", "*a", "!!python/object:os.system ", "- ", ": ", "\t", "%"]
quiet = settings(
    max_examples=int(os.environ.get("MUTATIONS", "250")),  # 5,000 in all: MUTATIONS=1700
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@quiet
@given(place=st.sampled_from(PLACES), value=values)
def test_any_value_anywhere(tmp_path_factory, place, value):
    data = yaml.safe_load(TEXT)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    check(tmp_path_factory.getbasetemp() / "mutated.yaml", yaml.safe_dump(data, allow_unicode=True).encode())


@quiet
@given(place=st.sampled_from(PLACES), name=st.text(max_size=20), value=values, remove=st.booleans())
def test_any_key_renamed_removed_or_added(tmp_path_factory, place, name, value, remove):
    data = yaml.safe_load(TEXT)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    if remove:
        del inner[place[-1]]
    inner[name] = value
    check(tmp_path_factory.getbasetemp() / "mutated.yaml", yaml.safe_dump(data, allow_unicode=True).encode())


@quiet
@given(seed=st.integers(0, 2**32), count=st.integers(1, 30))
def test_any_bytes_changed(tmp_path_factory, seed, count):
    dice, content = random.Random(seed), bytearray(TEXT.encode())
    for _ in range(count):
        where = dice.randrange(len(content))
        kind = dice.randrange(4)
        if kind == 0:
            content[where] = dice.randrange(256)
        elif kind == 1:
            del content[where : where + dice.randrange(1, 40)]
        elif kind == 2:
            content[where:where] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 9)))
        else:
            content[where:where] = dice.choice(
                ["{", "[", "&a ", "*a", "!!python/object:os.system ", "- ", ": ", "\t", "%"]
            ).encode()
    check(tmp_path_factory.getbasetemp() / "mutated.yaml", bytes(content))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "cp1252", "utf-8-sig", "utf-7"])
def test_any_encoding(tmp_path, encoding):
    check(tmp_path / "mutated.yaml", (TEXT + "# é\n").encode(encoding))


@pytest.mark.parametrize("size", [0, 10_000, 1_000_000, 50_000_000])
def test_any_size(tmp_path, size):
    check(tmp_path / "mutated.yaml", TEXT.encode() + b"#" + b"x" * size)
    check(tmp_path / "mutated.yaml", b"[" * size)
    check(tmp_path / "mutated.yaml", b"a: " * size)


@pytest.mark.parametrize(
    "text",
    [
        "training: !!python/object/apply:os.system ['touch was_here']",
        "training: !!python/name:os.system ''",
        "!!python/object/new:subprocess.Popen [[touch, was_here]]",
        "training: &a [*a, *a]",
        BILLION_LAUGHS,
    ],
)
def test_nothing_in_a_file_is_run(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    check(tmp_path / "mutated.yaml", text.encode())
    assert not (tmp_path / "was_here").exists()
