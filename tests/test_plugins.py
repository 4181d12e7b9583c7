"""A user's own function by name: whatever is wrong with it or with its module is one line that says where."""

import os
import subprocess
import sys

import pytest
from support.cli import ROOT, assert_one_error_line

from jaxrl.errors import UserError
from jaxrl.plugins import import_function

FAILS = {
    "leaves": ("import sys\n\nsys.exit(0)\n", "SystemExit: 0", 3),
    "leaves_quietly": ("raise SystemExit\n", "SystemExit", 1),
    "raises_anything": ("class Odd(BaseException):\n    pass\nraise Odd('two\\nlines')\n", "Odd: two lines", 3),
    "never_ends": ("def f():\n    f()\n\nf()\n", "RecursionError", 2),
    "is_no_python": ("x = 1\nx = = 2\n", "SyntaxError: invalid syntax", 2),
    "needs_another": (
        "import math\nimport a_package_that_is_not_there\n",
        "ModuleNotFoundError: No module named 'a_package_that",
        2,
    ),
    "is_bytes": (b"x = '\xff\xfe\x00'\n", "SyntaxError", None),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def error_line(path):
    with pytest.raises(UserError) as caught:
        import_function(path)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize("name", FAILS)
def test_a_module_that_fails_is_named_with_file_and_line(name, folder):
    content, reason, line = FAILS[name]
    (folder / f"{name}.py").write_bytes(content if isinstance(content, bytes) else content.encode())
    message = error_line(f"{name}:term")
    assert message.startswith(f"{name}:term: cannot import {name} ({reason}")
    assert line is None or message.endswith(f"{folder / name}.py, line {line})")


def test_ctrl_c_while_importing_stays_ctrl_c(folder):
    (folder / "is_stopped.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        import_function("is_stopped:term")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("my_tems:speed", "my_tems:speed: cannot import my_tems: there is no module my_tems; did you mean my_terms?"),
        ("my_package.trems:speed", "no module my_package.trems; did you mean my_package.terms?"),
        ("my_pakage.terms:speed", "there is no module my_pakage; did you mean my_package?"),
        ("my_terms.more:speed", "there is no module my_terms.more"),
        ("my_terms:sped", "my_terms has no function sped; did you mean speed?"),
        ("my_terms:NUMBER", "my_terms has no function NUMBER"),
    ],
)
def test_the_nearest_name_is_suggested(path, message, folder):
    (folder / "my_package").mkdir()
    for name in ("my_package/__init__", "my_package/terms", "my_terms"):
        (folder / f"{name}.py").write_text("NUMBER = 5\n\ndef speed(state, next_state, actions): ...\n")
    assert message in error_line(path)


def test_a_command_does_not_end_without_a_word(tmp_path):
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    command = [sys.executable, "-m", "jaxrl", "train", "--config", "final", "--set", "rewards.leaves:term=1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert_one_error_line(done, "leaves:term: cannot import leaves (SystemExit: 0", "leaves.py, line 2")
