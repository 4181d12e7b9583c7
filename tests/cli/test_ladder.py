"""`jaxrl ladder`: what is played counts for ever, and mistakes are one line."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from support.bots import write_bot

from jaxrl.cli.main import run_command
from jaxrl.matches.ladder import climb
from jaxrl.matches.ladder.records import FILE, Match, append, read

SHORT = ["--minutes", "0.0001", "--match-minutes", "0.05", "--physics", "rocketsim2"]


@pytest.fixture
def few(monkeypatch):
    """Four matches at a time: each ladder is a batch."""
    monkeypatch.setattr(climb, "BATCH", 4)


@pytest.mark.usefixtures("few")
def test_it_goes_on_where_it_stopped_and_takes_new_players(tmp_path, capsys):
    """Real matches of three seconds: four, then four more with a player who is new, then only the table."""
    out = tmp_path / "ladder"
    assert run_command("ladder", ["random", "chaser", *SHORT, "--out", str(out)]) == 0
    first, _ = read(out)
    assert [(match.a, match.b, match.number) for match in first] == [("random", "chaser", n) for n in range(4)]
    assert [match.a_color for match in first] == ["blue", "blue", "orange", "orange"]
    assert {(match.seconds, match.physics, match.mode, match.seed) for match in first} == {
        (3.0, "rocketsim2", "1v1", 0)
    }
    capsys.readouterr()
    assert run_command("ladder", ["random", "chaser", "idle", *SHORT, "--out", str(out)]) == 0
    second, _ = read(out)
    assert second[:4] == first
    assert len(second) == 8
    assert "idle" in (second[4].a, second[4].b)
    assert second[4].seed == 4
    printed = capsys.readouterr().out
    assert run_command("ladder", ["--minutes", "0", "--out", str(out)]) == 0
    assert capsys.readouterr().out == printed
    assert printed.startswith("1v1, 8 matches from standard kickoffs; Elo by matches with 95% intervals\n\n| ")
    assert "| random | 0 (fixed) |" in printed
    assert (out / "ladder.png").exists()


@pytest.mark.usefixtures("few")
def test_kickoffs_are_not_those_of_the_day_before(tmp_path, monkeypatch):
    seeds, make = [], climb.MatchBatch
    monkeypatch.setattr(climb, "MatchBatch", lambda *args, seed: seeds.append(seed) or make(*args, seed=seed))
    for _ in range(2):
        run_command("ladder", ["random", "idle", *SHORT, "--out", str(tmp_path)])
    assert seeds == [0, 4]


def fill(folder, *rows):
    """Rows of (a, b, a's goals, b's goals, mode)."""
    append(
        folder,
        [Match(a, b, a, b, mode, "blue", *goals, 300.0, "rocketsim2", 0, 0) for a, b, *goals, mode in rows],
    )


def test_each_mode_has_a_table(tmp_path, capsys):
    fill(tmp_path, *[("chaser", "random", 1, 0, "1v1"), ("chaser", "random", 0, 1, "2v2")] * 5)
    for options, mode, other in ((["--team-size", "1"], "1v1", "2v2"), ([], "2v2", "1v1")):
        assert run_command("ladder", ["--minutes", "0", "--out", str(tmp_path), *options]) == 0
        printed = capsys.readouterr().out
        assert printed.startswith(f"{mode}, 5 matches")
        assert f"the folder also has matches in {other}: --team-size {other[0]}" in printed
    assert run_command("ladder", ["--minutes", "0", "--out", str(tmp_path), "--team-size", "3"]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: no 3v3 matches yet\n"


def test_anchors(tmp_path, capsys):
    fill(tmp_path, *[("strong", "weak", 1, 0, "1v1"), ("strong", "weak", 0, 1, "1v1")] * 5)
    assert run_command("ladder", ["--minutes", "0", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert printed.err == "random is not in this ladder: strong is 0\n"
    assert "| strong | 0 (fixed) |" in printed.out
    assert run_command("ladder", ["--minutes", "0", "--out", str(tmp_path), "--anchor", "weak=500"]) == 0
    printed = capsys.readouterr()
    assert "| weak | 500 (fixed) |" in printed.out
    assert "| strong | 500 (" in printed.out
    assert printed.err == ""


def test_damaged_lines_are_told_in_one_line(tmp_path, capsys):
    fill(tmp_path, *[("chaser", "random", 1, 0, "1v1")] * 3)
    with (tmp_path / FILE).open("a") as file:
        file.write("goal!\n{}\n")
    assert run_command("ladder", ["--minutes", "0", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert f"{FILE}: 2 damaged lines are left out, the first is line 4 (not JSON)" in line
    assert printed.out.startswith("1v1, 3 matches")


def test_names_of_strangers_reach_the_terminal_escaped(tmp_path, capsys):
    fill(tmp_path, *[("\x1b[31m$x$ \u7403", "random", 1, 0, "1v1")] * 3)
    assert run_command("ladder", ["--minutes", "0", "--out", str(tmp_path)]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["idle", "chasser"], "chasser: no such player; did you mean chaser?"),
        (["idle"], "a ladder needs two players or more, not 1"),
        ([], "a ladder needs two players or more, not 0"),
        (["idle", "chaser", "--minutes", "-1"], "--minutes -1: must be 0 to 100000"),
        (["idle", "chaser", "--match-minutes", "0"], "--match-minutes 0: must be above 0"),
        (["idle", "chaser", "--anchor", "idle"], "--anchor idle: must be PLAYER=ELO, such as random=0"),
        (
            ["idle", "chaser", "--anchor", "idlee=0"],
            "--anchor idlee=0: idlee is not in this ladder; did you mean idle?",
        ),
        (["idle", "chaser", "--anchor", "idle=nan"], "--anchor idle=nan: must be PLAYER=ELO"),
        (["--minutes", "0"], "no 1v1 matches yet"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command("ladder", [*arguments, "--physics", "rocketsim2"]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""


def test_a_bot_of_another_team_size_is_one_line(tmp_path, capsys):
    bot = str(write_bot(tmp_path / "bot", 2)[0])
    arguments = [bot, "idle", "--team-size", "1", "--anchor", "idle=0", "--out", str(tmp_path / "out"), *SHORT]
    assert run_command("ladder", arguments) == 2
    assert capsys.readouterr().err.splitlines() == [f"{bot}: plays 2 cars a side, not 1"]


@pytest.mark.slow
@pytest.mark.parametrize(("kill", "number"), [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)])
def test_a_signal_keeps_what_was_played(kill, number, tmp_path):
    """Interrupted after the first batch: its 32 matches are there, whole, and the table is printed."""
    out = tmp_path / "ladder"
    command = [sys.executable, "-m", "jaxrl", "ladder", "random", "chaser", "--match-minutes", "0.5", "--out", str(out)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, **pipes) as process:
        while not (out / FILE).exists() or not (out / FILE).read_text():
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        kill(process.pid, number)
        printed, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    lines = (out / FILE).read_text().splitlines()
    assert len(lines) % 32 == 0
    assert all(json.loads(line)["seconds"] == 30.0 for line in lines)
    assert printed.startswith(f"1v1, {len(lines)} matches")
    assert "stopped; matches that were not over do not count" in errors
    assert "Traceback" not in errors
