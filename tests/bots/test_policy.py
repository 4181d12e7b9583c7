"""The deployed bot: numpy and JAX against the network that was trained."""

import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import random_rows, rows_of_all_kinds
from support.policies import make_ppo, save, trained_state
from support.states import ROW

import jaxrl
from jaxrl.bots.description import Description
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.observation.additions import ADDITIONS

# activation, layer_norm, shared trunk, observations normalised, cars a side: every pair of values occurs
NETWORKS = [
    ("relu", False, False, True, 1),
    ("relu", True, True, False, 2),
    ("tanh", False, True, True, 2),
    ("tanh", True, False, False, 1),
    ("silu", False, True, False, 1),
    ("silu", True, False, True, 2),
    ("gelu", False, False, False, 2),
    ("gelu", True, True, True, 1),
]


@pytest.fixture(scope="module", params=NETWORKS, ids=lambda values: "-".join(map(str, values)))
def each(request, tmp_path_factory):
    """(checkpoint folder, the learner, its state, raw states [64, F]) of every kind of network."""
    ppo = make_ppo(*request.param)
    state = trained_state(ppo)
    states = random_rows(np.random.default_rng(2), (64,), ppo.game.num_cars)
    return save(tmp_path_factory.mktemp("policy") / "best", ppo, state), ppo, state, states


def logits_of(policy, states):
    return policy.logits(policy.normalize(policy.observe(states)))


def test_numpy_and_jax_compute_what_the_network_does(each):
    folder, ppo, state, states = each
    expected = np.asarray(jax.jit(ppo.logits)(state.params, state.obs_stats, states))
    assert expected.std() > 0.1, "a policy without preferences would hide mistakes"
    policy = load_policy(folder)
    logits = logits_of(policy, states)
    assert type(logits) is np.ndarray
    assert (logits.dtype, logits.shape) == (np.float32, (64, ppo.game.num_cars, 90))
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-5)
    obs = policy.normalize(policy.observe(states))
    np.testing.assert_allclose(obs, jax.jit(ppo.observe)(state.obs_stats, states), rtol=1e-5, atol=1e-5)
    with_jax = load_policy(folder, backend="jax")
    found = jax.jit(lambda raw: with_jax.logits(with_jax.normalize(raw)))(policy.observe(states))
    assert isinstance(found, jax.Array)
    np.testing.assert_allclose(found, logits, rtol=1e-5, atol=1e-5)


ADDED = ("observation.car_frame=true", "observation.mirror=true", "game.action_masks=true")
NAMES = ("other_frames", "near_pads", "ball_path", *ADDITIONS)
ADDED += tuple(f"observation.{name}=true" for name in NAMES)
VIEWS = {"standard": (), "all additions": ADDED}


@pytest.fixture(scope="module", params=VIEWS)
def duel(request, tmp_path_factory):
    """Like `each`, but one 1v1 network for all that does not depend on the kind; with each kind of observation."""
    ppo = make_ppo("relu", False, False, True, 1, *VIEWS[request.param])
    state = trained_state(ppo)
    states = rows_of_all_kinds((64,), 2)
    return save(tmp_path_factory.mktemp("policy") / "best", ppo, state), ppo, state, states


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_greedy_actions_of_one_and_of_many_states(duel, backend):
    folder, ppo, state, states = duel
    chosen = np.array(jax.jit(ppo.logits)(state.params, state.obs_stats, states))
    if ppo.game.allowed is not None:
        allowed = ppo.game.allowed(states)
        assert not np.take_along_axis(allowed, chosen.argmax(-1)[..., None], -1).all(), "the mask changes something"
        chosen[~allowed] = -np.inf
    expected = np.asarray(ppo.game.to_world(states, chosen.argmax(-1)))
    assert len(np.unique(expected)) > 3
    act = load_policy(folder, backend).act
    act = jax.jit(act) if backend == "jax" else act
    for shape in ((64,), (1,), (2, 3, 5)) if backend == "numpy" else ((2, 3, 5),):
        count = int(np.prod(shape))
        actions = act(states[:count].reshape(*shape, -1))
        assert actions.dtype == np.int32
        np.testing.assert_array_equal(actions, expected[:count].reshape(*shape, 2))
    one = act(states[7])
    assert one.shape == (2,)
    np.testing.assert_array_equal(one, expected[7])


def test_jax_arrays_without_jit(duel):
    """Lets the bot be tried out line by line."""
    folder, _, _, states = duel
    actions = load_policy(folder, "jax").act(jnp.asarray(states[0]))
    assert isinstance(actions, jax.Array)
    np.testing.assert_array_equal(actions, load_policy(folder).act(states[0]))


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_sampled_actions_are_those_of_training(duel, backend):
    """The same random numbers give the same actions as `ppo.act`, also at both ends of [0, 1)."""
    folder, ppo, state, states = duel
    uniforms = np.random.default_rng(3).random((64, 2), np.float32)
    uniforms[:2] = 0, np.nextafter(np.float32(1), np.float32(0))
    expected = np.asarray(jax.jit(ppo.act)(state.params, state.obs_stats, states, uniforms))
    assert len(np.unique(expected)) > 20
    act = load_policy(folder, backend).act
    act = jax.jit(act) if backend == "jax" else act
    np.testing.assert_array_equal(act(states, uniforms), expected)
    assert act(states, uniforms).dtype == np.int32


def test_controls_are_rows_of_the_action_table(duel):
    folder, *_ = duel
    policy = load_policy(folder)
    actions = np.array([[8, 0], [23, 89]], np.int32)
    controls = policy.controls(actions)
    assert controls.shape == (2, 2, 8)
    assert not controls[0, 0].any()
    np.testing.assert_array_equal(controls[1, 1], ACTION_TABLE[89])
    np.testing.assert_array_equal(policy.controls(policy.act(duel[3][0])), ACTION_TABLE[policy.act(duel[3][0])])
    np.testing.assert_array_equal(load_policy(folder, "jax").controls(jnp.asarray(actions)), controls)


def description(**changes):
    fields = dict(format=1, jaxrl="0", env_steps=0, team_size=1, tick_skip=8, action_delay_ticks=1, obs_size=107)
    fields |= dict(num_actions=90, activation="relu", layer_norm=False, trunk_layers=0, actor_layers=0)
    return Description(**{**fields, "normalize_observations": True, "clip_observations": 1.5} | changes)


def test_normalize_by_hand():
    """Mean 1, 2, 3 and standard deviation 2, 0.5, 0; clipped at 1.5 standard deviations."""
    arrays = {"obs_mean": np.float32([1, 2, 3]), "obs_var": np.float32([4, 0.25, 0])}
    obs = np.float32([[3, 2.25, 3], [-9, 1.5, 3.00001]])
    expected = [[1, 0.5, 0], [-1.5, -1, 0.1]]
    np.testing.assert_allclose(Policy(description(), arrays).normalize(obs), expected, atol=1e-3)
    np.testing.assert_array_equal(Policy(description(normalize_observations=False), arrays).normalize(obs), obs)


def test_what_the_description_says(duel):
    folder, ppo, *_ = duel
    added = ppo.config.observation.mirror
    assert json.loads((folder / "policy.json").read_text()) == {
        "format": 1,
        "jaxrl": jaxrl.__version__,
        "env_steps": 384,
        "team_size": 1,
        "tick_skip": 8,
        "action_delay_ticks": 1,
        "obs_size": ppo.config.obs_size,
        "num_actions": 90,
        "activation": "relu",
        "layer_norm": False,
        "trunk_layers": 0,
        "actor_layers": 2,
        "normalize_observations": True,
        "clip_observations": 2.0,
        "car_frame": added,
        "mirror": added,
        "physics": ppo.config.environment.physics,
        "action_masks": ppo.config.game.action_masks,
        **{name: getattr(ppo.config.observation, name) for name in NAMES},
        "standard": True,
        "custom": "",
        "own_actions": False,
    }


@pytest.mark.parametrize("precision", ["bfloat16", "tf32"])
def test_a_run_in_another_precision_can_be_deployed(tmp_path, precision):
    """The bot computes in float32, so its test vectors must not come from the rounding of bfloat16."""
    ppo = make_ppo("relu", False, False, True, 1, f"accelerator.precision={precision}")
    state = trained_state(ppo)
    states = random_rows(np.random.default_rng(2), (64,), 2)
    exact = jax.jit(make_ppo("relu", False, False, True, 1).logits)(state.params, state.obs_stats, states)
    policy = load_policy(save(tmp_path / "best", ppo, state))
    np.testing.assert_allclose(logits_of(policy, states), exact, rtol=1e-5, atol=1e-5)


def test_a_bot_runs_without_jax(duel):
    """A fresh process loads and plays; JAX and what builds on it stay out."""
    code = (
        "import sys, numpy as np\nfrom jaxrl.bots.policy_files import load_policy\n"
        f"policy = load_policy({str(duel[0])!r})\nrow = np.zeros({ROW}, np.float32)\n"
        "print(policy.controls(policy.act(row)).shape, policy.act(row[None], np.full((1, 2), 0.5, np.float32)).shape)\n"
        "print(sorted({'jax', 'jaxlib', 'flax', 'optax', 'orbax', 'RocketSim', 'yaml'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(2, 8) (1, 2)", "[]"]
