"""A small run and its checkpoints."""

import shutil
import subprocess
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.checkpoints.files import checkpoint_info, write_info
from jaxrl.checkpoints.training_state import save_checkpoint
from jaxrl.config.load import load_config
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
    obs_stats = replace(stirred.obs_stats, var=jnp.abs(stirred.obs_stats.var))  # else no bot could be loaded
    stirred = replace(stirred, obs_stats=obs_stats)
    return replace(stirred, env_steps=jnp.array([3, 7], jnp.uint32), updates=jnp.int32(1234))


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


@pytest.fixture
def immutable():
    """A function that makes a file one that nobody can delete, not even root; skips where that is not possible."""
    changed = []

    def make(path):
        if subprocess.run(["chattr", "+i", path], capture_output=True, check=False).returncode:
            pytest.skip("no right to make a file immutable here")
        changed.append(path)

    yield make
    for path in changed:
        found = [path, *path.parents[1].glob(f".*/{path.name}")]
        subprocess.run(["chattr", "-i", *[each for each in found if each.exists()]], capture_output=True, check=False)
