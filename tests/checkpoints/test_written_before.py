"""Files that version 0.1.0 wrote still work: `tests/data/checkpoint_0_1_0` and `pretrained/duel`.

The former is a run of 512 environment steps (4 updates) with networks of 8 units, in 1v1, with an observation in
the car's own frame and mirrored.
"""

import shutil
from pathlib import Path

import jax
import numpy as np
import pytest
from support.checkpoints import adam_steps
from support.cli import TINY, run

import jaxrl
from jaxrl.checkpoints.files import verify_checkpoint
from jaxrl.checkpoints.resume import init_from, resume
from jaxrl.checkpoints.training_state import load_checkpoint_config
from jaxrl.cli.main import run_command
from jaxrl.config.load import load_config
from jaxrl.game.layout import LAYOUT
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "data" / "checkpoint_0_1_0"
DUEL = ROOT / "pretrained" / "duel"
RECIPES = ("cpu", "duel_2v2", "fast_start", "final", "gpu", "low_memory")
COMPARED = ("optimized", "parallel", "parallel_optimized", "single")


def test_it_is_as_it_was_written():
    info = verify_checkpoint(OLD)
    assert (info.jaxrl, info.env_steps, info.updates) == ("0.1.0", 512, 4)


def test_it_resumes_and_starts_new_runs():
    """Every array comes back: counters, schedules, statistics and weights, with the shapes of today."""
    config = load_checkpoint_config(OLD)
    assert (config.observation.car_frame, config.observation.mirror) == (True, True)
    ppo = PPO(config, make_game(config))
    lines = []
    state = resume(OLD, config, ppo, lines.append)
    assert lines == [], "nothing has changed, so nothing is reported"
    assert (state.num_env_steps, int(state.updates), adam_steps(state)) == (512, 4, 8)
    expected = jax.eval_shape(ppo.init)
    assert jax.tree.structure(state) == jax.tree.structure(expected)
    assert [leaf.shape for leaf in jax.tree.leaves(state)] == [leaf.shape for leaf in jax.tree.leaves(expected)]
    new = init_from(OLD, config, ppo)
    assert new.num_env_steps == 0
    for mine, theirs in zip(jax.tree.leaves(new.params), jax.tree.leaves(state.params), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("bot", [OLD, DUEL], ids=["checkpoint", "duel"])
def test_the_bot_plays(bot):
    """load_policy recomputes the test vectors that the earlier version saved."""
    policy = jaxrl.load_policy(bot)
    states = policy.arrays["test_states"].reshape(-1, policy.arrays["test_states"].shape[-1])
    actions = policy.act(states)
    assert actions.shape == (len(states), 2)
    assert ((actions >= 0) & (actions < 90)).all()


def test_a_row_of_format_1_is_played_as_then():
    """The actions that version 0.2.0 printed for the states in `pretrained/duel`, which have 89 numbers."""
    with np.load(DUEL / "policy.npz") as file:
        rows = file["test_states"]
    policy = jaxrl.load_policy(DUEL)
    assert rows.shape == (4, 89)
    states = LAYOUT.upgrade(rows, 2)
    np.testing.assert_array_equal(states, policy.arrays["test_states"])
    np.testing.assert_array_equal(policy.act(states), [[43, 39], [25, 0], [53, 31], [63, 53]])


@pytest.mark.parametrize("bot", [OLD, DUEL], ids=["checkpoint", "duel"])
def test_it_is_watched_and_exported(bot, tmp_path, capsys):
    page = tmp_path / "match.html"
    assert run_command("watch", [str(bot), "--minutes", "0.02", "--out", str(page)]) == 0
    assert page.stat().st_size > 100_000
    assert run_command("export", [str(bot), "--out", str(tmp_path / "bot")]) == 0
    assert (tmp_path / "bot" / "bot.toml").exists()
    assert run_command("export", [str(bot), "--onnx", "--out", str(tmp_path / "bot.onnx")]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.parametrize("bot", [OLD, DUEL], ids=["checkpoint", "duel"])
def test_it_is_evaluated(bot, capsys):
    assert run_command("evaluate", [str(bot), "--matches", "2", "--minutes", "0.05"]) == 0
    assert "touches" in capsys.readouterr().out


@pytest.mark.slow
def test_training_continues_from_it(tmp_path):
    shutil.copytree(OLD, tmp_path / "checkpoints" / "final")
    done = run(TINY | {"training.total_timesteps": "700"}, "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "at 512 environment steps" in done.stderr
    assert verify_checkpoint(tmp_path / "checkpoints" / "final").env_steps == 768


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_where_they_were(name, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert load_config(f"configs/{name}.yaml") == load_config(name)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", COMPARED)
def test_recipes_that_moved_are_found_at_their_old_path(name, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert load_config(f"configs/{name}.yaml") == load_config(name)
    assert f"--config {name}" in capsys.readouterr().err
