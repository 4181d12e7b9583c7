"""A checkpoint from a stranger: nothing that it names is imported, whatever is done with it."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import jax
import pytest
from support.envs import make_config
from support.special_files import make_special

from jaxrl.bots.players import make_player
from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.directory import load_newest
from jaxrl.checkpoints.files import checkpoint_info, verify_checkpoint, write_info
from jaxrl.checkpoints.resume import init_from, resume
from jaxrl.checkpoints.training_state import load_checkpoint_config, save_checkpoint
from jaxrl.errors import UserError
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game

STRANGE = {
    "rewards": "rewards:\n  strangers_code:run: 1.0\n",
    "start states": "environment:\n  start_states:\n    strangers_code:run: 1.0\n",
    "a stage": "curriculum:\n  stages:\n  - after: {touches_per_minute: 1.0}\n    rewards: {strangers_code:run: 1.0}\n",
}


@pytest.fixture
def config():
    return make_config("environment.num_envs=2", "training.n_steps=8", "training.n_minibatches=1")


@pytest.fixture
def ppo(config):
    return PPO(config, make_game(config))


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module that leaves a file behind when it is imported, where it would be found."""
    (tmp_path / "strangers_code.py").write_text(
        f"import pathlib\npathlib.Path({str(tmp_path / 'sprung')!r}).touch()\n"
        "def run(*arguments):\n    return arguments[1].boost\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "sprung"
    sys.modules.pop("strangers_code", None)


@pytest.fixture
def folder(tmp_path, ppo, config, request):
    """A checkpoint whose config names the stranger's code, and that says of itself that it is intact."""
    folder = tmp_path / "checkpoints" / "final"
    rows = jax.numpy.zeros((4, ppo.game.state_size))
    save_checkpoint(folder, jax.jit(ppo.init)(), config, ppo, rows)
    path = folder / "config.yaml"
    section, _, added = STRANGE[request.param].partition("\n")
    lines = path.read_text().splitlines()
    if request.param == "rewards":
        lines.insert(lines.index(section) + 1, added.rstrip())
    elif request.param == "start states":
        lines.insert(lines.index("  start_states:") + 1, added.splitlines()[1])
    else:
        at = lines.index("curriculum:")
        lines[at : at + 2] = STRANGE[request.param].splitlines()
    path.write_text("\n".join(lines) + "\n")
    info = checkpoint_info(folder)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    write_info(folder, replace(info, files=info.files | {"config.yaml": digest}))
    return folder


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("name", ["checkpoint.json", "config.yaml", "policy.json", "policy.npz", "state/_METADATA"])
@pytest.mark.parametrize("folder", ["rewards"], indirect=True)
def test_what_is_not_a_file_is_not_waited_for(folder, name, kind):
    """Found by whatever reads it first; an older checkpoint would be taken instead."""
    (folder / name).unlink()
    make_special(folder, kind, name)
    with pytest.raises(UserError, match=f"{name}.*not a file"):
        verify_checkpoint(folder)
    with pytest.raises(UserError, match="no intact checkpoint"):
        load_newest(folder.parent, checkpoint_info, print)


@pytest.mark.parametrize("folder", STRANGE, indirect=True)
def test_nothing_it_names_is_imported(folder, trap, ppo, config):
    assert load_newest(folder.parent, checkpoint_info, print)[0] == folder
    saved = load_checkpoint_config(folder)
    assert "strangers_code:run" in str(saved)
    load_policy(folder)
    make_player(str(folder), 1, 8, 1, "numpy")
    resume(folder, config, ppo, print)
    init_from(folder, config, ppo)
    for flags in (["jaxrl.watch", folder, "--minutes", "0.02"], ["jaxrl.export", folder, "--out", "exported"]):
        done = subprocess.run([sys.executable, "-m", *map(str, flags)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    assert not trap.exists()
    assert "strangers_code" not in sys.modules
    __import__("strangers_code")
    assert trap.exists(), "the trap itself does not work"
