"""Checkpoints: everything comes back bit for bit, and a checkpoint is there whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxrl
from jaxrl.checkpoint import (
    checkpoint_info,
    find_checkpoints,
    load_checkpoint,
    load_checkpoint_config,
    save_checkpoint,
)
from jaxrl.config_loading import load_config
from jaxrl.errors import UserError
from jaxrl.game.game import rocket_league
from jaxrl.ppo.update import PPO

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
def state(config):
    """A state in the middle of a run: no leaf is a plain zero or one, counters are beyond 2**31."""
    game = rocket_league(1, 8, config.rewards)
    fresh = jax.device_get(jax.jit(PPO(config, game).init)())
    rng = np.random.default_rng(0)

    def stir(leaf):
        noise = rng.normal(size=leaf.shape) if leaf.dtype == np.float32 else rng.integers(1, 99, leaf.shape)
        return jnp.asarray(leaf + noise.astype(leaf.dtype))

    stirred = jax.tree.map(stir, fresh)
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


def test_everything_comes_back_bit_for_bit(tmp_path, state, other, config):
    """Into a state that differs in every leaf: what the checkpoint does not hold would show."""
    save_checkpoint(tmp_path / "final", state, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=other), state)
    assert load_checkpoint_config(tmp_path / "final") == config


def test_what_cannot_be_compared_with_equality_also_comes_back(tmp_path, state, config):
    """NaN, infinity, minus zero and a denormal in the parameters."""
    odd = jax.tree.map(lambda leaf: leaf, state)
    strange = np.resize(np.array([np.nan, np.inf, -0.0, 1e-42], np.float32), state.obs_stats.mean.shape)
    odd = replace(odd, obs_stats=replace(odd.obs_stats, mean=jnp.asarray(strange)))
    save_checkpoint(tmp_path / "final", odd, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), odd)


def test_what_the_checkpoint_says_about_itself(tmp_path, state, config):
    save_checkpoint(tmp_path / "final", state, config)
    # two words of 32 bits: 3 * 2**32 + 7
    assert checkpoint_info(tmp_path / "final") == {
        "jaxrl": jaxrl.__version__,
        "env_steps": 12_884_901_895,
        "updates": 1234,
    }


def test_the_name_may_be_relative(tmp_path, state, config, monkeypatch):
    """`logging.checkpoint_dir` is ./checkpoints; Orbax itself takes absolute paths only."""
    monkeypatch.chdir(tmp_path)
    save_checkpoint(Path("checkpoints/final"), state, config)
    assert_same_bits(load_checkpoint(Path("checkpoints/final"), like=state), state)


def test_a_new_checkpoint_replaces_the_old_one_and_leaves_nothing_else(tmp_path, state, other, config):
    save_checkpoint(tmp_path / "final", state, config)
    save_checkpoint(tmp_path / "final", other, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), other)
    assert names_in(tmp_path) == ["final"]
    assert names_in(tmp_path / "final") == ["checkpoint.json", "config.yaml", "state"]


def test_a_failed_save_keeps_the_old_checkpoint(tmp_path, state, other, config):
    """Orbax cannot write a leaf of this type: the save stops after it began."""
    save_checkpoint(tmp_path / "final", state, config)
    with pytest.raises(Exception, match=r"(?i)set|support|type"):
        save_checkpoint(tmp_path / "final", replace(other, params={"broken": {1, 2, 3}}), config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=other), state)
    assert find_checkpoints(tmp_path) == [tmp_path / "final"], "what is half written is not a checkpoint"

    save_checkpoint(tmp_path / "final", other, config)
    assert_same_bits(load_checkpoint(tmp_path / "final", like=state), other)
    assert names_in(tmp_path) == ["final"], "the next save cleans up after the failed one"


def test_a_save_that_fails_late_keeps_the_old_checkpoint(tmp_path, state, other, config):
    """The new state is on disk, but the config beside it cannot be written: no mixture of old and new appears."""
    save_checkpoint(tmp_path / "final", state, config)
    broken = config.model_copy(update={"logging": object()})
    with pytest.raises(Exception, match=r"(?i)serializ"):
        save_checkpoint(tmp_path / "final", other, broken)
    assert (tmp_path / ".saving-final" / "state").is_dir(), "it was to fail after the state was written"
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
