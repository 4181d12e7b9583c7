"""Checkpoints: everything comes back bit for bit, and a checkpoint is there whole or not at all."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxrl
from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.directory import find_checkpoints
from jaxrl.checkpoints.files import checkpoint_info, verify_checkpoint
from jaxrl.checkpoints.training_state import (
    check_room,
    load_checkpoint,
    load_checkpoint_config,
    save_checkpoint,
)
from jaxrl.errors import SaveError, UserError


@pytest.fixture
def other(state):
    """Another state of the same structure."""
    return jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf) + np.ones_like(leaf)), state)


def assert_same_bits(one, two):
    assert jax.tree.structure(one) == jax.tree.structure(two)
    for (path, a), b in zip(jax.tree.leaves_with_path(one), jax.tree.leaves(two), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), path
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes(), path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_everything_comes_back_bit_for_bit(tmp_path, state, other, config, save):
    """Into a state that differs in every leaf: what the checkpoint does not hold would show."""
    save(tmp_path / "final", state, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=other), state)
    assert load_checkpoint_config(tmp_path / "final") == config


def test_the_bot_of_averaged_weights(tmp_path, state, config, save):
    """They come back, and are those of the bot."""
    averaged = replace(state, mean_params=jax.tree.map(lambda leaf: leaf / 2, state.params))
    save(tmp_path / "averaged", averaged, config)
    save(tmp_path / "last", state, config)
    like = jax.tree.map(jnp.zeros_like, averaged)
    assert_same_bits(load_checkpoint(tmp_path / "averaged", like=like), averaged)
    bots = [load_policy(tmp_path / name).arrays["logits_head/kernel"] for name in ("averaged", "last")]
    np.testing.assert_array_equal(2 * bots[0], bots[1])


def test_what_cannot_be_compared_with_equality_also_comes_back(tmp_path, state, config, save):
    """NaN, infinity, minus zero and a denormal, where the bot that plays does not see them."""
    odd = jax.tree.map(lambda leaf: leaf, state)
    shape = state.accumulators.episode_return.shape
    strange = np.resize(np.array([np.nan, np.inf, -0.0, 1e-42], np.float32), shape)
    odd = replace(odd, accumulators=replace(odd.accumulators, episode_return=jnp.asarray(strange)))
    save(tmp_path / "final", odd, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), odd)


def test_what_the_checkpoint_says_about_itself(tmp_path, state, config, save):
    save(tmp_path / "final", state, config, log_folder="logs/final_1")
    # two words of 32 bits: 3 * 2**32 + 7
    info = checkpoint_info(tmp_path / "final")
    assert (info.jaxrl, info.env_steps, info.updates) == (jaxrl.__version__, 12_884_901_895, 1234)
    assert info.log_folder == "logs/final_1"
    files = [path for path in (tmp_path / "final").rglob("*") if path.is_file() and path.name != "checkpoint.json"]
    assert info.files == {
        str(path.relative_to(tmp_path / "final")): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert {"config.yaml", "policy.npz", "policy.json"} < set(info.files)
    assert any(name.startswith("state/") for name in info.files)
    assert verify_checkpoint(tmp_path / "final") == info


def test_the_name_may_be_relative(tmp_path, state, config, save, monkeypatch):
    """`logging.checkpoint_dir` is ./checkpoints; Orbax itself takes absolute paths only."""
    monkeypatch.chdir(tmp_path)
    save(Path("checkpoints/final"), state, config)
    assert_same_bits(load_checkpoint(Path("checkpoints/final"), like=state), state)


def test_a_new_checkpoint_replaces_the_old_one(tmp_path, state, other, config, save):
    save(tmp_path / "final", state, config)
    save(tmp_path / "final", other, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), other)
    assert names_in(tmp_path) == ["final"]
    files = ["checkpoint.json", "config.yaml", "critic.npz", "policy.json", "policy.npz", "state"]
    assert names_in(tmp_path / "final") == files


def test_a_failed_save_keeps_the_old_checkpoint(tmp_path, state, other, config, save):
    """Orbax cannot write a leaf of this type: the save stops after it began."""
    save(tmp_path / "final", state, config)
    with pytest.raises(Exception, match=r"(?i)set|support|type"):
        save(tmp_path / "final", replace(other, params={"broken": {1, 2, 3}}), config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=other), state)
    assert find_checkpoints(tmp_path) == [tmp_path / "final"], "what is half written is not a checkpoint"

    save(tmp_path / "final", other, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), other)
    assert names_in(tmp_path) == ["final"], "the next save cleans up after the failed one"


def test_a_save_that_fails_late_keeps_the_old_checkpoint(tmp_path, state, other, config, save):
    """The new state is on disk, but the config beside it cannot be written: no mixture of old and new appears."""
    save(tmp_path / "final", state, config)
    broken = config.model_copy(update={"logging": object()})
    with pytest.raises(SaveError, match=r"(?i)final: cannot be saved \(.*serializ"):
        save(tmp_path / "final", other, broken)
    assert names_in(tmp_path) == ["final"], "nothing half-written is left"
    assert_same_bits(load_checkpoint(tmp_path / "final", like=other), state)
    assert load_checkpoint_config(tmp_path / "final") == config
    assert find_checkpoints(tmp_path) == [tmp_path / "final"]


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e30, 3e38])
def test_examples_with_absurd_numbers_do_not_make_a_checkpoint_that_nothing_loads(tmp_path, state, config, ppo, number):
    """What a user's start state may leave in an arena; the bot has learned all the same, and must not be lost."""
    examples = np.full((4, ppo.game.state_size), number, np.float32)
    save_checkpoint(tmp_path / "final", state, config, ppo, examples)
    load_policy(tmp_path / "final")
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), state)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_bot_that_nothing_could_load_does_not_replace_one_that_can_be(tmp_path, state, config, save, number):
    """A weight that is not finite: the one before stays, and nothing half-written is left."""
    save(tmp_path / "final", state, config)
    broken = jax.tree.map(lambda leaf: leaf * number if leaf.dtype == np.float32 else leaf, state)
    with pytest.raises(SaveError, match="cannot be saved, as nothing could load it") as caught:
        save(tmp_path / "final", broken, config)
    assert ".saving" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert names_in(tmp_path) == ["final"]
    load_policy(tmp_path / "final")
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), state)


@pytest.mark.parametrize("kind", ["a file", "a link", "a folder of another kind", "a damaged checkpoint"])
@pytest.mark.parametrize("name", ["final", ".saving-final", ".replaced-final"])
def test_what_is_in_the_way_of_a_save_is_set_aside(tmp_path, state, config, save, kind, name):
    """Unless it is what an earlier save left under a hidden name: that may go."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "thesis.txt").write_text("years of work")
    directory, path = tmp_path / "checkpoints", tmp_path / "checkpoints" / name
    directory.mkdir()
    if kind == "a file":
        path.write_text("years of work")
    elif kind == "a link":
        path.symlink_to(elsewhere)
    else:
        path.mkdir()
        (path / "thesis.txt").write_text("years of work")
        if kind == "a damaged checkpoint":
            (path / "checkpoint.json").write_text("{")
    save(directory / "final", state, config)
    assert_same_bits(load_checkpoint(directory / "final", like=state), state)
    assert (elsewhere / "thesis.txt").read_text() == "years of work"
    left_by_a_save = name != "final" and kind not in ("a file", "a link")
    aside = [] if left_by_a_save else [name]
    assert [kept.name for kept in directory.glob("earlier_*/*")] == aside
    assert names_in(directory)[-1] == "final"


def test_the_rehearsal_of_a_save_leaves_nothing_behind(tmp_path, state):
    (tmp_path / ".saving-probe").mkdir()
    (tmp_path / ".saving-probe" / "left").touch()
    check_room(tmp_path, state)
    assert names_in(tmp_path) == []
    with pytest.raises(OSError, match="No such file"):
        check_room(tmp_path / "nowhere", state)


@pytest.mark.parametrize("kind", ["missing", "empty folder", "file"])
def test_loading_what_is_not_a_checkpoint(tmp_path, state, kind):
    folder = tmp_path / "final"
    if kind == "empty folder":
        folder.mkdir()
    elif kind == "file":
        folder.write_text("not a checkpoint")
    with pytest.raises(UserError, match="not a checkpoint") as caught:
        load_checkpoint(folder, like=state)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


LOAD = """
import sys
from pathlib import Path
import jax
from jaxrl.checkpoints.training_state import load_checkpoint, load_checkpoint_config
from jaxrl.errors import UserError
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game
config = load_checkpoint_config(Path(sys.argv[1]))
like = jax.eval_shape(PPO(config, make_game(config)).init)
for name in sys.argv[1:]:
    try:
        load_checkpoint(Path(name), like)
        print("loaded")
    except UserError as error:
        print(error)
"""


@pytest.mark.slow
def test_a_training_state_that_no_digest_protects_is_loaded_or_one_line(original, tmp_path):
    """Every file of Orbax in turn, as in a stranger's checkpoint whose digests are those of what is there.

    In a process of its own: Orbax leaves coroutines behind, which say so on stderr when they are collected.
    """
    names = [path.relative_to(original) for path in (original / "state").rglob("*") if path.is_file()]
    folders = []
    for number, (name, damage) in enumerate(product(names, ("deleted", "emptied", "random bytes"))):
        folders.append(shutil.copytree(original, tmp_path / str(number)))
        (folders[-1] / name).write_bytes(b"" if damage == "emptied" else np.random.default_rng(number).bytes(999))
        if damage == "deleted":
            (folders[-1] / name).unlink()
    done = subprocess.run([sys.executable, "-c", LOAD, *folders], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines)) == (0, len(folders)), done.stderr
    refused = [line for line in lines if line != "loaded"]
    assert len(refused) > 10
    assert all("its training state is damaged or has another layout" in line for line in refused)
