"""`best` before the first evaluation: every command says when it comes, and what to take until then."""

import os
import shutil
from pathlib import Path

import pytest

from jaxrl.bots.best import check_best
from jaxrl.cli.main import run_command
from jaxrl.errors import UserError

OLD = Path(__file__).parents[1] / "data" / "checkpoint_0_1_0"
COMMANDS = {
    "watch": ["--minutes", "0.02"],
    "evaluate": ["--matches", "2"],
    "strength": ["--matches", "2"],
    "export": ["--out", "out"],
}


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("checkpoints").mkdir()
    return Path("checkpoints")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_when_it_comes(checkpoints, command, capsys):
    for name, written in (("checkpoint_100000", 1), ("checkpoint_200000", 2), (".saving-final", 3)):
        shutil.copytree(OLD, checkpoints / name)
        os.utime(checkpoints / name / "policy.json", (written, written))
    assert run_command(command, ["checkpoints/best", *COMMANDS[command]]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("checkpoints/best: not there yet: the first evaluation saves it, after 50,000 environment")
    assert line.endswith("until then take checkpoints/checkpoint_200000")


def test_before_the_first_checkpoint_there_is_nothing_to_take(checkpoints):
    with pytest.raises(UserError, match="no other checkpoint is there yet"):
        check_best(checkpoints / "best")


@pytest.mark.parametrize("name", ["nowhere/best", "checkpoints/final", "checkpoints/best"])
def test_what_is_there_or_has_another_name_is_nothing_to_wait_for(checkpoints, name):
    shutil.copytree(OLD, checkpoints / "best")
    check_best(Path(name))
