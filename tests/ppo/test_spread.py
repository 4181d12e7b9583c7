"""Four devices learn what one learns. A CPU passes for several, in a process that is started so."""

import os
import subprocess
import sys

import pytest
from support.cli import ROOT

SCRIPT = """
import logging
import sys

import jax
import numpy as np
from support.envs import make_config
from support.updates import OVERRIDES, WEIGHTS, make_rollout

from jaxrl.errors import UserError
from jaxrl.ppo.in_parts import update_in_parts
from jaxrl.ppo.spread import Spread
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game
from jaxrl.training.device import learning_devices
from jaxrl.training.step import Programs, compile_programs, learn

jax.config.update("jax_numpy_dtype_promotion", "strict")
assert len(jax.devices()) == 4
compiled = []


class Compilations(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if text.startswith("Finished XLA compilation of"):
            compiled.append(text.split()[4])


def make(devices, *more):
    config = make_config(*OVERRIDES, f"accelerator.devices={devices}", *more)
    return PPO(config, make_game(config), Spread.over(learning_devices(config)))


def train(ppo, overlap, updates=20):
    programs, state = compile_programs(ppo, overlap=overlap), jax.jit(ppo.init)()
    for seed in range(updates):
        state, metrics = learn(programs, state, make_rollout(ppo.game, seed=seed), WEIGHTS)
    return state, metrics


for overlap in (False, True):
    expected, figures = train(make(1), overlap)
    logging.getLogger("jax").addHandler(handler := Compilations())
    jax.config.update("jax_log_compiles", True)
    compiled.clear()
    ppo = make(4)
    found, measured = train(ppo, overlap)
    jax.config.update("jax_log_compiles", False)
    logging.getLogger("jax").removeHandler(handler)
    programs = [name for name in compiled if any(part in name for part in ("update", "prepare", "take", "finish"))]
    assert len(programs) == len(set(programs)) == (3 if overlap else 1), compiled
    for leaf in jax.tree.leaves(found):
        assert len(leaf.sharding.device_set) == 4, leaf.sharding
        assert leaf.sharding.is_fully_replicated, leaf.sharding
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, 1e-5, 1e-5), expected.params, found.params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, 1e-4, 1e-5), expected.obs_stats, found.obs_stats)
    np.testing.assert_allclose(figures.reward, measured.reward, 1e-4)
    assert len(ppo.spread.first(found.params)["params"]["logits_head"]["kernel"].sharding.device_set) == 1

try:
    make(3)
except UserError as error:
    print(error)
try:
    make(5)
except UserError as error:
    print(error)
"""


@pytest.mark.slow
def test_four_devices_learn_what_one_learns():
    """Twenty updates, in one program and in parts: parameters to 1e-5, each program compiled once, whole everywhere."""
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines() == [
        "accelerator.devices 3 must divide environment.num_envs 4 and the 32 transitions of a minibatch: 2 would fit",
        "accelerator.devices 5: JAX finds 4 (cpu)",
    ]
