"""`jaxrl dashboard`: which runs it finds, and what it says where there is none; `jaxrl train --dashboard`."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from queue import Queue
from urllib.request import urlopen

import pytest
from support.cli import TINY
from support.cli import command as train_command
from support.event_files import STEPS, config_of, write_run
from support.terminals import rest_shown

from jaxrl.cli.main import run_command
from jaxrl.dashboard.beside import beside
from jaxrl.dashboard.runs import MAX_RUNS, find_runs, short_names
from jaxrl.errors import UserError

PATIENCE = 60.0


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "logs/first", config_of(tmp_path), updates=5)


def test_a_folder_of_runs_stands_for_the_newest(run, tmp_path):
    newer = write_run(tmp_path / "logs/second", config_of(tmp_path), updates=1)
    os.utime(next(newer.iterdir()), (time.time() + 9, time.time() + 9))
    assert find_runs([tmp_path / "logs"]) == [newer]
    assert find_runs([run, newer, run]) == [run, newer]


@pytest.mark.parametrize("flags", [[], ["--tui"]])
def test_where_there_is_no_run_it_says_so(flags, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run_command("dashboard", [str(tmp_path / "empty"), *flags]) == 2
    assert "no run: neither it nor a folder in it holds" in capsys.readouterr().err
    assert run_command("dashboard", [str(tmp_path / "none"), *flags]) == 2
    assert capsys.readouterr().err.endswith("none: no such folder\n")


def test_what_does_not_go_together(run, tmp_path, capsys):
    assert run_command("dashboard", [str(run), "--tui", "--port", "1"]) == 2
    assert capsys.readouterr().err == "--port: is of the page; leave out --tui\n"
    assert run_command("dashboard", [str(run), "--port", "70000"]) == 2
    assert capsys.readouterr().err == "--port 70000: cannot be used (must be 0 to 65535)\n"
    assert run_command("train", ["--config", "final", "--dashboard", "70000"]) == 2
    assert capsys.readouterr().err == "--dashboard 70000: must be 0 to 65535\n"


def test_more_than_eight_runs_are_refused(run, tmp_path):
    data = next(run.iterdir()).read_bytes()
    folders = [tmp_path / f"logs/n{k}" for k in range(MAX_RUNS + 1)]
    for folder in folders:
        folder.mkdir()
        (folder / "events.out.tfevents.1.host").write_bytes(data)
    assert len(find_runs(folders[1:])) == MAX_RUNS
    with pytest.raises(UserError, match="9 runs, of which a page compares at most 8"):
        find_runs(folders)


def test_names_are_those_by_which_runs_differ(tmp_path):
    assert short_names([tmp_path / "a/logs/x", tmp_path / "b/logs/y"]) == ["x", "y"]
    assert short_names([tmp_path / "a/logs/x", tmp_path / "b/logs/x"]) == ["a", "b"]


def test_it_serves_until_ctrl_c(run):
    command = [sys.executable, "-m", "jaxrl", "dashboard", str(run), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().partition(": ")[0]
        with urlopen(f"{address}status", timeout=PATIENCE) as answer:
            assert json.load(answer)["runs"][0]["name"] == "first"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stderr.read() == ""


def test_the_terminal_s_screen_is_left_as_it_was(run):
    """In a real terminal: it goes to the other screen, hides the cursor, and takes both back at Ctrl-C."""
    shown, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    command = [sys.executable, "-m", "jaxrl", "dashboard", str(run), "--tui"]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as process:
        os.close(terminal)
        output = b""
        while b"reward a decision" not in output:
            output += os.read(shown, 65536)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    output += rest_shown(shown)
    assert output.count(b"\x1b[?1049h") == output.count(b"\x1b[?1049l") == 1
    assert output.rstrip().endswith((b"\x1b[?1049l", b"\x1b[?25h"))
    assert b"Traceback" not in output


def test_piped_it_prints_once(run):
    done = subprocess.run(
        [sys.executable, "-m", "jaxrl", "dashboard", str(run), "--tui"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(done.stdout.split())
    assert "stage 2 of 3, the next waits for goals_per_minute" in said
    assert f"env_steps {5 * STEPS:,} of 90,000,000" in said
    assert re.search(r"entropy +0\.1", done.stdout)


def test_beside_a_training_it_ends_with_it_and_never_fails(run):
    said, taken = Queue(), Queue()
    with beside(run, 0, said.put):
        address = said.get(timeout=PATIENCE).partition(": ")[0]
        with urlopen(f"{address}status", timeout=PATIENCE) as answer:
            assert json.load(answer)["runs"][0]["read"] == 1
        with beside(run, int(address.rstrip("/").rpartition(":")[2]), taken.put):
            line = taken.get(timeout=PATIENCE)
    assert "cannot be used (Address already in use); the training goes on without" in line
    assert said.empty()
    assert taken.empty()
    with pytest.raises(OSError, match="refused"):
        urlopen(address, timeout=PATIENCE)


def refuses(address):
    """Whether nobody listens there any more."""
    try:
        urlopen(address, timeout=PATIENCE).close()
    except OSError as error:
        return "refused" in str(error)
    return False


def test_it_ends_where_the_training_is_killed(run):
    code = (
        "import sys, time; from pathlib import Path; from jaxrl.dashboard.beside import beside\n"
        "with beside(Path(sys.argv[1]), 0, lambda line: print(line, flush=True)): time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(run)], stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().partition(": ")[0]
        urlopen(address, timeout=PATIENCE).close()
        process.kill()
    deadline = time.monotonic() + PATIENCE
    while not refuses(address):
        assert time.monotonic() < deadline


@pytest.mark.slow
def test_in_a_terminal_its_address_stands_in_a_line_of_its_own(tmp_path, cache):
    """A real training, whose bar is drawn on the same terminal all the time: it is cleared before the line."""
    shown, terminal = pty.openpty()
    words = [*train_command(TINY | cache), "--dashboard", "0"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=terminal, stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        output = rest_shown(shown)
        assert process.wait(PATIENCE) == 0
    (line,) = [line for line in output.split(b"\n") if b"the page of this run" in line]
    assert re.fullmatch(rb"http://127\.0\.0\.1:\d+/: the page of this run; .*", line.rstrip(b"\r").split(b"\r")[-1])
