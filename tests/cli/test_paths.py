"""Paths that nobody can follow, wherever a command takes one: one line, never a traceback."""

import os

import pytest
from support.cli import FINAL, ROOT, TINY

from jaxrl.cli.main import run_command

BOT = str(ROOT / "pretrained" / "duel")
PATHS = {
    "links in a circle": "loop",
    "a way through such links": "loop/inside",
    "a name that is too long": "x" * 300,
    "a path that is too long": "/".join(["d" * 200] * 30),
    "a way through a file": "file/inside",
    "nothing": "nothing/at/all",
}
TINY_RUN = ["--config", str(FINAL), *(part for key, value in TINY.items() for part in ("--set", f"{key}={value}"))]
TAKES_A_PATH = {
    "config": lambda path: ["check", "--config", path],
    "config.yaml": lambda path: ["check", "--config", f"{path}.yaml"],
    "extends": lambda path: ["check", "--config", "extends.yaml"],
    "opponent": lambda path: ["check", "--config", "final", "--set", f"evaluation.opponent={path}"],
    "resume": lambda path: ["train", *TINY_RUN, "--resume", path],
    "init-from": lambda path: ["train", *TINY_RUN, "--init-from", path],
    "watch": lambda path: ["watch", path, "--out", "match.html"],
    "watch --opponent": lambda path: ["watch", BOT, "--opponent", path, "--out", "match.html"],
    "watch --config": lambda path: ["watch", BOT, "--config", path, "--out", "match.html"],
    "watch --out": lambda path: ["watch", BOT, "--minutes", "0.01", "--out", f"{path}/match.html"],
    "export": lambda path: ["export", path, "--out", "bot"],
    "evaluate": lambda path: ["evaluate", path, "--matches", "2", "--minutes", "0.01"],
    "strength --against": lambda path: ["strength", BOT, "--against", path, "--matches", "2", "--minutes", "0.01"],
    "ladder": lambda path: ["ladder", BOT, path],
}
WRITES_TO = {
    "log_dir": lambda path: ["train", *TINY_RUN, "--set", f"logging.log_dir={path}"],
    "checkpoint_dir": lambda path: ["train", *TINY_RUN, "--set", f"logging.checkpoint_dir={path}"],
    "export --out": lambda path: ["export", BOT, "--out", path],
    "ladder --out": lambda path: ["ladder", BOT, "idle", "--out", path],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_one_line(arguments, capsys):
    code = run_command(arguments[0], arguments[1:])
    printed = capsys.readouterr().err
    assert code == 2, printed
    assert len(printed.splitlines()) == 1, printed
    assert len(printed) < 1000, printed


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("command", TAKES_A_PATH)
def test_a_path_that_leads_nowhere(command, path, folder, capsys):
    (folder / "extends.yaml").write_text(f"extends: {PATHS[path]}.yaml\n")
    assert_one_line(TAKES_A_PATH[command](PATHS[path]), capsys)


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("nothing", "a path that is too long")])
@pytest.mark.parametrize("command", WRITES_TO)
@pytest.mark.usefixtures("folder")
def test_a_folder_that_cannot_be_made(command, path, capsys):
    assert_one_line(WRITES_TO[command](PATHS[path]), capsys)


@pytest.mark.parametrize("command", [*TAKES_A_PATH, *WRITES_TO])
def test_a_zero_byte(command, folder, capsys):
    """A shell cannot pass one, a file or a script can."""
    (folder / "extends.yaml").write_text('extends: "a\\0b"\n')
    path = '"a\\0b"' if command in ("opponent", "log_dir", "checkpoint_dir") else "a\0b"
    assert_one_line((TAKES_A_PATH | WRITES_TO)[command](path), capsys)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("command", [*TAKES_A_PATH, *WRITES_TO])
def test_a_folder_that_may_not_be_read(command, folder, capsys):
    (folder / "locked").mkdir(mode=0)
    (folder / "extends.yaml").write_text("extends: locked/final.yaml\n")
    assert_one_line((TAKES_A_PATH | WRITES_TO)[command]("locked/inside"), capsys)
