"""Absurd sizes are refused by an estimate, in a moment and in one line, and what is measured here is not."""

import time

import jax
import pytest
from support.cli import FINAL, ROOT, TINY, assert_one_error_line, run

from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.ppo.update import PPO
from jaxrl.training.build import build, make_game
from jaxrl.training.memory import check_run_fits, device_needs, host_needs, num_parameters

ABSURD = {
    "environment.num_envs": ["environment.num_envs=1000000000", "training.n_steps=1"],
    "training.n_steps": ["training.n_steps=1000000000", "environment.num_envs=1"],
    "network.actor": ["network.actor=[2000000000]"],
    "network.critic": ["network.critic=[100000, 100000, 100000, 100000]"],
    "network.shared": ["network.shared=[2147483647, 2147483647]"],
    "evaluation.n_eval_episodes": ["evaluation.n_eval_episodes=1e6"],
    "evaluation.match_seconds": ["evaluation.match_seconds=3600", "evaluation.n_eval_episodes=4e4"],
    "environment.num_workers": [
        *("environment.num_workers=4096", "environment.num_envs=8192"),
        "environment.physics=rocketsim2",  # in RocketSim 3 they are threads
    ],
}


def config(*overrides):
    return load_config(FINAL, ["training.batch_size=null", *overrides])


@pytest.mark.parametrize("key", ABSURD)
def test_an_absurd_size_is_refused_at_once(key):
    began = time.monotonic()
    with pytest.raises(UserError, match="needs at least") as caught:
        build(config(*ABSURD[key]))
    assert time.monotonic() - began < 5
    assert key in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_training_refuses_it_before_anything_is_written(tmp_path):
    settings = {"environment.num_envs": "1e6", "training.n_steps": "2", "training.batch_size": "2e6"}
    assert_one_error_line(run(TINY | settings, cwd=tmp_path), "needs at least", "environment.num_envs")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_needs_less_than_a_gibibyte(path):
    recipe = load_config(path)
    check_run_fits(recipe)
    assert sum(need.size for need in host_needs(recipe) + device_needs(recipe)) < 2**30


def test_the_stage_with_the_largest_batch_counts():
    """What a run needs that begins with that batch: in the rollout, in the update, and of the largest minibatch."""
    stage = "curriculum.stages=[{after: {speed_to_ball: 1}, training: {n_steps: 4096, n_minibatches: 4}}]"
    grows, outright = config(stage), config("training.n_steps=4096", "training.n_minibatches=4")
    assert host_needs(grows) == host_needs(outright) != host_needs(config())
    assert device_needs(grows) == device_needs(outright) != device_needs(config())


def test_hosts_share_arenas_and_the_rollout():
    """Of 128 arenas on 4 hosts each has 32; the workers and the evaluation are not shared."""
    shared, alone = config("environment.num_envs=128"), config("environment.num_envs=32")
    assert host_needs(shared, num_hosts=4) == host_needs(alone)
    assert host_needs(shared) != host_needs(alone)


@pytest.mark.parametrize("network", [[], ["network.shared=[64, 32]"], ["network.actor=[]", "network.critic=[8]"]])
def test_the_parameters_are_counted_as_flax_makes_them(network):
    counted = config(*network)
    params = jax.eval_shape(PPO(counted, make_game(counted)).init).params
    assert num_parameters(counted) == sum(leaf.size for leaf in jax.tree.leaves(params))
