"""Arms of a recipe: what is compared, by which seeds, and that a run goes on where it was."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import psutil
import pytest
from scipy import stats

from benchmarks.learning.arms import Run, runs_of, table, tree_seconds
from benchmarks.speed.memory import SMALL


def test_arms_of_one_seed_go_side_by_side():
    asked = Namespace(
        arm=[["plain"], ["league", "league.share=0.25"]],
        set=["game.mirror=false"],
        seeds=[0, 1],
        out=Path("out"),
        init_from=None,
    )
    runs = runs_of(asked)
    assert [run.name for run in runs] == ["plain_0", "league_0", "plain_1", "league_1"]
    assert runs[3].settings == ("game.mirror=false", "league.share=0.25", "training.seed=1")
    assert runs[3].folder == Path("out/league_1")


def test_what_was_spent_is_known_to_the_next_command_if_it_means_the_same_run(tmp_path):
    run = Run("plain", 0, ("training.seed=0",), tmp_path)
    assert run.spent() == 0
    run.spend(12.5)
    assert run.spent() == 12.5
    with pytest.raises(SystemExit, match="trained with other settings"):
        Run("plain", 0, ("training.seed=0", "training.gamma=0.9"), tmp_path).spent()


def test_a_run_begins_with_the_weights_asked_for_and_goes_on_with_its_own(tmp_path):
    run = Run("plain", 0, ("training.seed=0",), tmp_path, "some/bot")
    assert run.flags() == ["--init-from", "some/bot"]
    (tmp_path / "checkpoints/checkpoint_1000").mkdir(parents=True)
    assert run.flags() == ["--resume"]
    run.spend(1.0)
    with pytest.raises(SystemExit, match="trained with other settings"):
        Run("plain", 0, ("training.seed=0",), tmp_path).spent()
    assert Run("plain", 0, (), tmp_path / "other").flags() == []


def test_processor_time_of_children_counts():
    """A shell that waits, whose child is busy for a second."""
    busy = "import time\nwhile time.process_time() < 1: pass\ninput()"
    with subprocess.Popen(["sh", "-c", f"{sys.executable} -c '{busy}'; true"], stdin=subprocess.PIPE) as shell:
        end = time.monotonic() + 60
        while (found := tree_seconds(shell.pid)) < 0.9 and time.monotonic() < end:
            time.sleep(0.1)
        assert 0.9 <= found < 5
        assert psutil.Process(shell.pid).cpu_times().user < 0.5, "the shell itself did nothing"
        shell.communicate(b"\n")
    assert tree_seconds(shell.pid) == 0


def test_the_table_has_means_each_seed_and_what_the_seeds_tell():
    """Means 200 and 320: Welch's interval, as scipy's own test has it, is wide with two seeds."""
    elo = {"a_0": 190.0, "a_1": 210.0, "b_0": 300.0, "b_1": 340.0}
    steps = {"a_0": 5_000_000, "a_1": 5_100_000, "b_0": 4_900_000, "b_1": 4_000_000}
    lines = table(["a", "b"], [0, 1], elo, steps)
    assert lines[2] == "| a | 200 (190, 210) |  | 5.0, 5.1 |"
    low, high = stats.ttest_ind([300, 340], [190, 210], equal_var=False).confidence_interval()
    assert lines[3] == f"| b | 320 (300, 340) | +120 ({low:+.0f} to {high:+.0f}) | 4.9, 4.0 |"
    assert low < 120 - 50
    assert table(["a", "b"], [0], elo | {"b_0": float("nan")}, steps)[3] == "| b | - (-) | - | 4.9 |"
    assert table(["a", "b"], [0], elo, steps)[3] == "| b | 300 (300) | +110 | 4.9 |"


@pytest.mark.slow
def test_arms_are_trained_stopped_continued_and_rated(tmp_path):
    """With the smallest networks; SIGTERM ends the first command in the middle of the first runs.

    One arm sees by code of the user's own, whom the ladder need not ask again.
    """
    (tmp_path / "eyes.py").write_text("def observe(state, car):\n    return state.boost[..., car, None]\n")
    command = [
        sys.executable,
        "-m",
        "benchmarks.arms",
        "--arm",
        "plain",
        "--arm",
        "slow",
        "training.learning_rate=1e-5",
        "observation.custom=eyes:observe",
    ]
    command += [
        "--seeds",
        "0",
        "--at-once",
        "2",
        "--out",
        str(tmp_path),
        "--set",
        "training.total_timesteps=100_000_000",
    ]
    command += ["--set", "training.final_lr=1e-6", "--core-minutes", "0.75", "--ladder-minutes", "0.05"]
    for setting in (*SMALL, "logging.save_interval=1000"):
        command += ["--set", setting]
    spent = tmp_path / "plain_0/spent.json"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as first:
        end = time.monotonic() + 120
        while not list(tmp_path.glob("*_0/checkpoints/checkpoint_*")) and time.monotonic() < end:
            time.sleep(0.2)
        first.send_signal(signal.SIGTERM)
        _, errors = first.communicate()
    assert first.returncode == 128 + signal.SIGTERM, errors
    before = json.loads(spent.read_text())["core_seconds"]
    assert 0 < before < 45
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(spent.read_text())["core_seconds"] == 45
    rows = re.findall(r"^\| (plain|slow) \| \S+ \(\S+\) \| (\S*) ?\| ([0-9.]+) \|$", done.stdout, re.MULTILINE)
    assert [name for name, *_ in rows] == ["plain", "slow"]
    assert "plain_0" in done.stdout
    assert (done.stdout + done.stderr).count("resuming from") == 2, "each goes on from its checkpoint"
