"""In which physics a bot plays: its own, the one that is there, or the one that was asked for."""

import json

import pytest
from support.bots import write_bot
from support.engines import needs_rocketsim3, take_away

from jaxrl.bots.players import physics_of
from jaxrl.cli.main import run_command

SHORT = ["--matches", "2", "--minutes", "0.05"]


@pytest.fixture
def bots(tmp_path):
    """Folders of two bots, by the physics that trained them."""
    return {name: str(write_bot(tmp_path / name, 1, physics=name)[0]) for name in ("rocketsim2", "rocketsim3")}


def test_the_first_saved_bot_decides(bots):
    assert physics_of(["idle", bots["rocketsim3"], bots["rocketsim2"]]) == "rocketsim3"
    assert physics_of(["idle", "chaser"]) == "auto"


def test_a_bot_says_which_physics_trained_it(bots):
    for name, folder in bots.items():
        with open(f"{folder}/policy.json") as file:
            assert json.load(file)["physics"] == name


@needs_rocketsim3
@pytest.mark.parametrize(("name", "expected"), [("rocketsim2", "RocketSim 2"), ("rocketsim3", "RocketSim 3")])
@pytest.mark.parametrize("command", ["evaluate", "strength"])
def test_a_bot_plays_in_its_own(bots, capsys, command, name, expected):
    assert run_command(command, [bots[name], *([] if command == "evaluate" else ["--against", "idle"]), *SHORT]) == 0
    assert f"in {expected}, " in capsys.readouterr().out


@needs_rocketsim3
def test_or_in_the_one_that_is_asked_for(bots, capsys):
    assert run_command("evaluate", [bots["rocketsim2"], "--physics", "rocketsim3", *SHORT]) == 0
    assert "in RocketSim 3, " in capsys.readouterr().out


def test_without_its_own_it_plays_in_rocketsim2_and_one_line_says_so(bots, capsys, monkeypatch):
    take_away(monkeypatch)
    assert run_command("evaluate", [bots["rocketsim3"], *SHORT]) == 0
    printed = capsys.readouterr()
    assert "in RocketSim 2, " in printed.out
    said = [line for line in printed.err.splitlines() if "RocketSim" in line]
    assert len(said) == 1
    assert said[0].startswith("the bot was trained in RocketSim 3, and plays in RocketSim 2: ")


def test_watching_likewise(bots, capsys, monkeypatch, tmp_path):
    take_away(monkeypatch)
    out = ["--out", str(tmp_path / "match.html"), "--minutes", "0.05"]
    assert run_command("watch", [bots["rocketsim3"], *out]) == 0
    assert "the bot was trained in RocketSim 3, and plays in RocketSim 2: " in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "strength", "watch"])
def test_one_that_is_asked_for_and_missing_is_one_line(bots, capsys, monkeypatch, command):
    take_away(monkeypatch)
    assert run_command(command, [bots["rocketsim3"], "--physics", "rocketsim3"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("--physics rocketsim3: jaxrl_physics is not installed")
