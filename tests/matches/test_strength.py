"""Strength: real matches, counted as RocketSim counts them, and what is printed about them."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest
from support.policies import make_ppo, save, trained_state
from support.shared_memory import shared_files

from jaxrl.bots.players import make_player
from jaxrl.bots.scripted import Chaser
from jaxrl.cli.main import run_command
from jaxrl.errors import UserError
from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.figures import FIGURES, Sums
from jaxrl.game.state import unpack
from jaxrl.matches import strength as module
from jaxrl.matches.figures_table import SHORT
from jaxrl.matches.play import both_sides
from jaxrl.matches.strength import MatchBatch, pair, verdict
from jaxrl.matches.tally import MatchFigures, Tally


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A trained bot that presses nothing."""
    ppo = make_ppo("relu", False, False, True, 1)
    state = trained_state(ppo)
    head = {name: np.zeros_like(leaf) for name, leaf in state.params["params"]["logits_head"].items()}
    head["bias"] = np.where(np.arange(90) == NEUTRAL_ACTION, 99, 0).astype(np.float32)
    state.params["params"]["logits_head"] = head
    return str(save(tmp_path_factory.mktemp("strength") / "still", ppo, state))


@pytest.mark.slow
@pytest.mark.parametrize("chaser", [Chaser(8, 1), Chaser(6, 0)], ids=["same timing", "other timing"])
def test_matches_of_a_bot_that_does_nothing(still, chaser):
    """Against the chaser: conceded goals are RocketSim's own count, and a motionless car scores and touches little."""
    with MatchBatch(8, physics="rocketsim2") as batch:  # whose five kickoffs the chaser wins
        batch.kickoff((make_player(still, 1, 8, 1, "jax"), chaser), seed=0)
        before = unpack(batch._env.reset()).score.copy()
        found = batch.play(1.0) + batch.play(1.0)
        for group in range(2):  # the decision that was sent ahead has nothing to do with it unless a goal fell in it
            batch._env._wait(group)
        score = unpack(batch._env._buffers.state).score - before
    conceded = score[np.arange(8), [1] * 4 + [0] * 4]  # orange's goals where the bot is blue
    assert found.minutes == 2.0
    assert np.abs(found.against - conceded).sum() <= 1
    assert found.against.sum() > 4
    assert found.touches.sum() < 8
    assert found.goals.sum() < found.against.sum()


def test_scripted_players_decide_as_often_as_the_bot_they_play_with(still):
    for names in ((still, "chaser"), ("chaser", still), ("idle", "chaser")):
        assert [(player.tick_skip, player.action_delay_ticks) for player in pair(*names, 1)] == [(8, 1)] * 2


def found(goals, against):
    return Tally(5.0, np.array(goals, float), np.array(against, float), *np.zeros((2, len(goals))))


def test_in_words():
    assert verdict(found([3, 4, 5, 4], [1, 2, 2, 1])).startswith("stronger: 2.50 (1.58 to 3.42) goals a match")
    assert verdict(found([0, 0, 1, 0], [5, 4, 5, 5])).startswith("weaker: -4.50 (")
    assert verdict(found([0, 0], [0, 0])) == "not told apart by 2 matches: 0.00 (0.00 to 0.00) goals a match"


def test_how_many_matches_would_tell():
    """Differences of 1, -1, 1, 0: mean 0.25, variance 0.9167, so 2.8016^2 * 0.9167 / 0.0625 = 115.1, two digits up."""
    shown = verdict(found([2, 0, 1, 0], [1, 1, 0, 0]))
    assert shown.startswith("not told apart by 4 matches: 0.25 (-1.27 to 1.77) goals a match; ")
    assert shown.endswith("; if that is the difference, about 120 would tell")
    barely = verdict(found([100, 0, 0], [0, 100, 0.01]))  # 10^9 matches: that is no difference
    assert barely.startswith("not told apart by 3 matches: -0.00 (")
    assert "would tell" not in barely


def test_every_row_is_printed_when_it_is_ready(monkeypatch, capsys):
    """The table so far, whenever the next opponent's matches begin."""
    printed = []

    def play(self, minutes, report):
        printed.append(capsys.readouterr().out)
        return found([3, 4, 5, 4], [1, 2, 2, 1])

    monkeypatch.setattr(module.MatchBatch, "play", play)
    assert (
        run_command("strength", ["idle", "--against", "idle", "random", "--matches", "4", "--physics", "rocketsim2"])
        == 0
    )
    printed.append(capsys.readouterr().out)
    heading, first, second = printed
    assert heading.startswith("idle, 4 matches of 5 minutes from standard kickoffs in RocketSim 2, actions sampled\n\n")
    (row,) = first.splitlines()
    assert row.startswith("| idle |")
    assert "| 100% (51% to 100%) | 0% (0% to 49%) | 0.80 (" in row
    assert row.endswith("| stronger: 2.50 (1.58 to 3.42) goals a match |")
    assert second.startswith("| random |")
    assert len(second.splitlines()) == 1


@pytest.mark.parametrize(("option", "names"), [([], SHORT), (["--figures"], tuple(FIGURES))])
def test_figures_of_both_players_follow(monkeypatch, capsys, option, names):
    """A table for each opponent behind the rows of all."""
    ones = np.ones((len(FIGURES), 4, 2))
    figures = MatchFigures(Sums(ones, ones), both_sides(4, 2), 8)
    played = replace(found([3, 4, 5, 4], [1, 2, 2, 1]), figures=figures)
    monkeypatch.setattr(module.MatchBatch, "play", lambda self, minutes, report: played)
    arguments = ["idle", "--against", "idle", "random", "--matches", "4", "--physics", "rocketsim2", *option]
    assert run_command("strength", arguments) == 0
    _, rows, *tables = capsys.readouterr().out.strip().split("\n\n")
    assert len(rows.splitlines()) == 4
    assert [table.splitlines()[0] for table in tables] == [
        "| figure | idle | against idle | unit |",
        "| figure | idle | against random | unit |",
    ]
    for table in tables:
        assert tuple(line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:]) == names


@pytest.mark.slow
@pytest.mark.parametrize(("kill", "number"), [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)])
def test_a_signal_leaves_the_rows_so_far(kill, number, tmp_path):
    """Interrupted in the second opponent's matches, which would take hours: one row, one line, nothing left behind."""
    command = [sys.executable, "-m", "jaxrl", "strength", "idle", "--against", "idle", "idle", "--matches", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, **pipes) as process:
        printed = []
        while not printed or not printed[-1].startswith("| idle |"):
            printed.append(process.stdout.readline())
            assert printed[-1], process.stderr.read()
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        shared = shared_files(member.pid for member in family)
        kill(process.pid, number)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest) == (128 + number, "")
    assert errors.splitlines()[-1] == "stopped; 1 of 2 rows are ready"
    assert "Traceback" not in errors
    assert [file for file in shared if file.exists()] == []
    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []


def test_evaluate_on_real_matches(capsys):
    """A chaser for three seconds of game against a car that stands still: nothing is decided."""
    code = run_command("evaluate", ["chaser", "--opponent", "idle", "--matches", "2", "--minutes", "0.05"])
    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert lines[0] == "chaser against idle, 2 matches of 0.05 minutes from standard kickoffs"
    figures = dict(line.split("  ", 1) for line in lines[3:])
    assert figures["drawn"].strip() == "100% (34% to 100%)"
    assert figures["speed towards the ball"].strip().endswith("uu/s")
    assert float(figures["speed towards the ball"].split()[0]) > 500


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["strength", "chasser"], "chasser: no such player; did you mean chaser?"),
        (["strength", "idle", "--against", "idle", "nobody"], "nobody: no such player; It must be"),
        (["strength", "idle", "--against", "chaser@0"], "chaser@0: @K is a whole number of decisions, at least 1"),
        (["strength", "nexto:absent.pt"], "absent.pt: cannot be read (No such file or directory)"),
        (["evaluate", "idle", "--opponent", f"necto:{__file__}@4"], f"{__file__}: not a TorchScript archive"),
        (["strength", "idle", "--matches", "1"], "--matches 1: must be 2 to 100000"),
        (["evaluate", "idle", "--minutes", "0"], "--minutes 0: must be above 0"),
    ],
)
def test_bad_input_is_one_line(arguments, message, capsys):
    assert run_command(*arguments[:1], arguments[1:]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""


def test_more_matches_than_memory_are_refused():
    with pytest.raises(UserError, match=r"needs at least .* of memory.* lower the number of matches"):
        MatchBatch(100_000_000)
