"""Checkpoints: everything comes back bit for bit, and a checkpoint is there whole or not at all."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxrl
from jaxrl.checkpoints.files import (
    checkpoint_info,
    delete_old,
    find_checkpoints,
    finish_interrupted,
    newest_intact,
    verify_checkpoint,
    write_info,
)
from jaxrl.checkpoints.training_state import load_checkpoint, load_checkpoint_config, save_checkpoint
from jaxrl.config.load import load_config
from jaxrl.errors import SaveError, UserError
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game

SMALL = [
    "training.batch_size=null",
    "training.n_steps=16",
    "environment.num_envs=2",
    "network.shared=[4]",
    "network.actor=[8]",
    "network.critic=[8, 4]",
    "network.layer_norm=true",
]


@pytest.fixture(scope="module")
def config(request):
    return load_config(request.config.rootpath / "configs" / "final.yaml", SMALL)


@pytest.fixture(scope="module")
def ppo(config):
    return PPO(config, make_game(config))


@pytest.fixture(scope="module")
def save(ppo):
    """save_checkpoint(folder, state, config) with what most tests have no interest in."""
    examples = np.zeros((2, ppo.game.state_size), np.float32)
    return lambda folder, state, config, **more: save_checkpoint(folder, state, config, ppo, examples, **more)


@pytest.fixture(scope="module")
def state(ppo):
    """A state in the middle of a run: no leaf is a plain zero or one, counters are beyond 2**31."""
    fresh = jax.device_get(jax.jit(ppo.init)())
    rng = np.random.default_rng(0)

    def stir(leaf):
        noise = rng.normal(size=leaf.shape) if leaf.dtype == np.float32 else rng.integers(1, 99, leaf.shape)
        return jnp.asarray(leaf + noise.astype(leaf.dtype))

    stirred = jax.tree.map(stir, replace(fresh, best_eval_reward=np.float32(0)))
    return replace(stirred, env_steps=jnp.array([3, 7], jnp.uint32), updates=jnp.int32(1234))


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


def test_what_cannot_be_compared_with_equality_also_comes_back(tmp_path, state, config, save):
    """NaN, infinity, minus zero and a denormal in the parameters."""
    odd = jax.tree.map(lambda leaf: leaf, state)
    strange = np.resize(np.array([np.nan, np.inf, -0.0, 1e-42], np.float32), state.obs_stats.mean.shape)
    odd = replace(odd, obs_stats=replace(odd.obs_stats, mean=jnp.asarray(strange)))
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
    assert names_in(tmp_path / "final") == ["checkpoint.json", "config.yaml", "policy.json", "policy.npz", "state"]


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


def test_find_checkpoints_finds_whole_ones_only(tmp_path):
    for name in ("final", "checkpoint_100", ".saving-final", ".replaced-final", "earlier/old"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "checkpoint.json").write_text(json.dumps({}))
    (tmp_path / "no_info").mkdir()
    assert find_checkpoints(tmp_path) == [tmp_path / "checkpoint_100", tmp_path / "final"]
    assert find_checkpoints(tmp_path / "nowhere") == []


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


@pytest.fixture(scope="module")
def original(tmp_path_factory, state, config, save):
    folder = tmp_path_factory.mktemp("original") / "any"
    save(folder, state, config)
    return folder


@pytest.fixture
def three(tmp_path, original):
    """Checkpoints after 100, 200 and 300 steps; the newest is not the last by name."""
    for name, steps in (("checkpoint_100", 100), ("final", 200), ("best", 300)):
        shutil.copytree(original, tmp_path / name)
        write_info(tmp_path / name, replace(checkpoint_info(original), env_steps=steps))
    return tmp_path


def newest(directory):
    """What newest_intact returns, and the lines that it says."""
    lines = []
    return newest_intact(directory, lines.append).name, lines


def test_the_newest_is_the_one_with_the_most_steps(three):
    assert [path.name for path in find_checkpoints(three)] == ["checkpoint_100", "final", "best"]
    assert newest(three) == ("best", [])


def test_every_damaged_file_is_named_and_its_checkpoint_skipped(three):
    """One byte of every file in turn, at its beginning, middle and end."""
    files = [path for path in (three / "best").rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        for place in {0, len(content) // 2, len(content) - 2} if content else ():
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            name, lines = newest(three)
            assert name == "final", (path, place)
            assert len(lines) == 1
            assert f"{path.relative_to(three / 'best')}" in lines[0]
            assert str(three / "best") in lines[0]
            assert len(lines[0].splitlines()) == 1
        path.write_bytes(content)
    assert newest(three) == ("best", [])


@pytest.mark.parametrize("damage", ["cut short", "deleted"])
def test_a_file_that_is_cut_short_or_gone_is_named(three, damage):
    for path in [path for path in (three / "best").rglob("*") if path.is_file()]:
        content = path.read_bytes()
        if damage == "deleted":
            path.unlink()
        elif content:
            path.write_bytes(content[: len(content) // 2])
        else:
            continue
        name, lines = newest(three)
        assert name == "final", path
        assert len(lines) == 1
        assert f"{path.relative_to(three / 'best')}" in lines[0]
        path.write_bytes(content)


def test_the_checkpoint_before_the_damaged_ones_is_used(three):
    for name in ("best", "final"):
        (three / name / "policy.npz").write_bytes(b"")
    name, lines = newest(three)
    assert name == "checkpoint_100"
    assert [line.split(":")[0] for line in lines] == [str(three / "best"), str(three / "final")]
    (three / "checkpoint_100" / "checkpoint.json").write_text("[]")
    with pytest.raises(UserError, match="no intact checkpoint") as caught:
        newest(three)
    assert str(caught.value).startswith(f"{three}: ")


def test_a_number_changed_in_the_description_is_damage(three):
    """Valid JSON that says something else: the order of checkpoints depends on it."""
    path = three / "checkpoint_100" / "checkpoint.json"
    path.write_text(path.read_text().replace('"env_steps": 100', '"env_steps": 900'))
    assert newest(three)[0] == "best"
    with pytest.raises(UserError, match=r"checkpoint\.json"):
        verify_checkpoint(three / "checkpoint_100")


def test_delete_old_keeps_the_newest_and_whatever_has_another_name(tmp_path, three):
    for steps in (90, 1000, 400, 200):
        shutil.copytree(three / "checkpoint_100", tmp_path / f"checkpoint_{steps}")
        write_info(
            tmp_path / f"checkpoint_{steps}", replace(checkpoint_info(three / "checkpoint_100"), env_steps=steps)
        )
    delete_old(tmp_path, "checkpoint_", 3)
    assert names_in(tmp_path) == ["best", "checkpoint_1000", "checkpoint_200", "checkpoint_400", "final"]
    delete_old(tmp_path, "checkpoint_", 3)
    assert len(names_in(tmp_path)) == 5
    delete_old(tmp_path, "checkpoint_", 1)
    assert names_in(tmp_path) == ["best", "checkpoint_1000", "final"]


def test_a_kill_between_the_two_renames_is_put_right(tmp_path):
    """Only the hidden folder is left of the old checkpoint: it comes back, but never over a newer one."""
    for name in (".replaced-best", ".replaced-final", "final", ".saving-checkpoint_100"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mark").write_text(name)
    finish_interrupted(tmp_path)
    assert (tmp_path / "best" / "mark").read_text() == ".replaced-best"
    assert (tmp_path / "final" / "mark").read_text() == "final"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best", "final"], "nothing unfinished stays"
