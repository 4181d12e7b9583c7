"""Output whose reader has left, a full disk, closed streams: an exit code, at most a line, never a traceback."""

import os
import shlex
import subprocess
import sys

import pytest
from support.cli import ROOT

COMMAND = f"{shlex.quote(sys.executable)} -m jaxrl"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}
NOBODY = "(exec <&-; sleep 3)"  # a reader that leaves at once


def shell(line, cwd):
    """The exit code of the first program in a line of bash, and what arrives on stderr."""
    script = ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"]
    done = subprocess.run(script, cwd=cwd, stderr=subprocess.PIPE, text=True, timeout=60, env=ENVIRONMENT)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (f"check --config final | {NOBODY}", 141, ""),
        (f"--help | {NOBODY}", 141, ""),
        (f"check --help | {NOBODY}", 141, ""),
        ("check --config final > /dev/full", 1, "output cannot be written (No space left on device)\n"),
        ("--version > /dev/full", 1, "output cannot be written (No space left on device)\n"),
        ("check --config final >&-", 0, ""),
        ("check --config final <&- >&- 2>&-", 0, ""),
        ("check --config nope 2>&-", 2, ""),
        ("check --config nope 2> /dev/full", 2, ""),
        (f"check --config nope 2>&1 >&- | {NOBODY}", 2, ""),
        ("check --config nope > /dev/full 2>&1", 2, ""),
    ],
)
def test_output_that_goes_nowhere(tmp_path, line, code, said):
    assert shell(f"{COMMAND} {line}", tmp_path) == (code, said)
    assert list(tmp_path.iterdir()) == []


def test_a_file_never_gets_the_number_of_a_closed_stream(tmp_path):
    """Else what a library writes to stderr would end in it."""
    script = (
        "import os, sys; from jaxrl.streams import guarded\n"
        "def command():\n"
        "    with open('file', 'w') as file:\n"
        "        os.write(2, b'warning'); print('lost'); print('lost', file=sys.stderr)\n"
        "        return file.fileno()\n"
        "sys.exit(guarded(command))"
    )
    code, _ = shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(script)} <&- >&- 2>&-", tmp_path)
    assert code > 2
    assert (tmp_path / "file").read_text() == ""
