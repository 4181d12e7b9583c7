"""`jaxrl check`: prints the config, or what keeps the run from starting, without physics and without writing."""

import os
import subprocess
import sys

import pytest
from support.cli import FINAL, ROOT, assert_one_error_line
from support.engines import put_in_place

from jaxrl.cli.main import run_command
from jaxrl.config.load import load_config
from jaxrl.sim.engine import NAMES, resolve

BOTS = ROOT / "pretrained"
CANNOT_START = {
    "a module with a typo": ("rewards.my_trems:speed=1", "no module my_trems; did you mean my_terms?"),
    "a function with a typo": ("rewards.my_terms:sped=1", "my_terms has no function sped; did you mean speed?"),
    "a term that fails": ("rewards.my_terms:fails=1", "my_terms.py, line 5): AttributeError"),
    "a term of later": (
        "curriculum.stages=[{after: {goals_per_minute: 1}, rewards: {'my_terms:sped': 1}}]",
        "did you mean speed?",
    ),
    "a start state that is not there": (
        "environment.start_states.my_terms:nearby=1",
        "my_terms has no function nearby",
    ),
    "an opponent with a typo": ("evaluation.opponent=chaserr", "did you mean chaser?"),
    "an opponent's folder with a typo": (f"evaluation.opponent={BOTS}/dule", f"did you mean {BOTS}/duel?"),
    "a folder on the way to it": (f"evaluation.opponent={ROOT}/pretraned/duel", f"did you mean {BOTS}/duel?"),
    "an opponent of another game": (f"evaluation.opponent={BOTS}/duel", "plays 1 cars a side, not 2"),
    "no such device": ("accelerator.platform=cuda", "JAX "),
    "a build that does not fit": ("environment.physics=rocketsim3", "has interface 0"),
    "too much memory": ("evaluation.n_eval_episodes=1e6", "evaluation.n_eval_episodes"),
    "a file as a folder": ("logging.log_dir=my_terms.py/logs", "is not a folder"),
    "links in a circle": ("logging.checkpoint_dir=loop/checkpoints", "Too many levels of symbolic links"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a module of the user's."""
    (tmp_path / "my_terms.py").write_text(
        "def speed(state, next_state, actions):\n    return next_state.boost\n\n"
        "def fails(state, next_state, actions):\n    return next_state.bost\n"
    )
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "my_terms", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", CANNOT_START)
def test_what_cannot_start_is_one_line(name, folder, capsys, monkeypatch):
    override, part = CANNOT_START[name]
    more = ["--set", "environment.team_size=2"] if "another game" in name else []
    if "build" in name:
        put_in_place(monkeypatch)
    code = run_command("check", ["--config", "final", "--set", override, *more])
    printed = capsys.readouterr()
    assert (code, printed.out, len(printed.err.splitlines())) == (2, "", 1), printed.err
    assert part in printed.err
    assert {path.name for path in folder.iterdir()} <= {"my_terms.py", "loop", "__pycache__"}


@pytest.mark.usefixtures("folder")
def test_what_can_start_is_printed_with_the_memory_it_needs(tmp_path, capsys):
    assert run_command("check", ["--config", "final", "--set", "rewards.my_terms:speed=1"]) == 0
    printed = capsys.readouterr().out
    *_, physics, needs = printed.splitlines()
    assert physics.startswith(f"# physics: {NAMES[resolve('auto')]} (")
    assert needs.startswith("# at least 0.1 GiB of memory")
    (tmp_path / "resolved.yaml").write_text(printed)
    assert load_config(tmp_path / "resolved.yaml") == load_config(FINAL, ["rewards.my_terms:speed=1"])


def test_a_deleted_working_folder(tmp_path):
    """The shell's folder may be gone, as after `git checkout` of a branch that lacks it."""
    (tmp_path / "gone").mkdir()
    command = f"cd gone && rmdir ../gone && exec {sys.executable} -m jaxrl check --config final"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert_one_error_line(done, "working folder", "cd to one that exists")
