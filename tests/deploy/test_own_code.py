"""Bots with an observation and actions of the user's own: trained, saved, played, exported, and safe to be given."""

import json
import shutil
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest
from rlbot import flat
from support.cli import TINY, assert_one_error_line, run
from support.envs import make_config, random_rows
from support.policies import make_ppo, save, trained_state
from support.real_game import PADS
from support.rlbot_server import packet, running_bot

from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.resume import resume
from jaxrl.deploy.onnx.model import export_onnx
from jaxrl.deploy.rlbot.folder import export_folder
from jaxrl.errors import UserError
from jaxrl.game.actions import EVERY_ACTION, number_of
from jaxrl.game.state import unpack
from jaxrl.ppo.update import PPO
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import make_game, sim_spec

OBSERVE = """
from jaxrl.game.state import namespace
from own.scales import LENGTH


def observe(state, car):
    xp = namespace(state.boost)
    offset = (state.ball_position - state.position[..., car, :]) * LENGTH
    return xp.concatenate([offset, state.forward[..., car, :], state.boost[..., car, None] / 100], axis=-1)
"""
ACTIONS = """
from itertools import product


def table():
    return [(1, s, p, s, 0, 0, b, 0) for s, p, b in product((-1, -0.5, 0, 0.5, 1), (-0.5, 0, 0.5), (0, 1))]
"""
OWN = {
    "observation.custom": "own.obs:observe",
    "observation.standard": "false",
    "observation.car_frame": "true",
    "game.action_table": "own.actions:table",
    "game.action_masks": "true",
}


def write_package(folder):
    (folder / "own").mkdir()
    for name, text in {"__init__": "", "obs": OBSERVE, "scales": "LENGTH = 1e-3\n", "actions": ACTIONS}.items():
        (folder / "own" / f"{name}.py").write_text(text)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A folder with the user's package, on the path; and the bot that was saved in it."""
    folder = tmp_path_factory.mktemp("mine")
    write_package(folder)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "own"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def ppo(package):
    return make_ppo("tanh", True, False, True, 1, *(f"{key}={value}" for key, value in OWN.items()))


@pytest.fixture(scope="module")
def bot(package, ppo):
    return save(package / "bot", ppo, trained_state(ppo))


def test_it_is_as_large_as_it_should_be(ppo):
    assert ppo.game.obs_size == 29 + 7
    assert ppo.game.num_actions == 30
    assert {name: chosen.shape[0] for name, chosen in ppo.game.choices.items()} == dict.fromkeys(ppo.game.choices, 30)


def test_the_saved_bot_chooses_what_training_does(ppo, bot):
    policy, state = load_policy(bot), trained_state(ppo)
    rows = random_rows(np.random.default_rng(3), (200,), 2)
    uniforms = np.random.default_rng(4).random((200, 2), np.float32)
    expected = np.asarray(ppo.act(state.params, state.obs_stats, rows, uniforms))
    assert (policy.act(rows, uniforms) == expected).mean() > 0.99  # a sum may round to the other side of a number
    assert np.isin(expected, policy.actions.numbers).all()
    assert expected.max() >= 90
    np.testing.assert_array_equal(policy.controls(expected), EVERY_ACTION[expected])
    chosen = ppo.game.from_world(jnp.asarray(rows), jnp.asarray(expected))
    np.testing.assert_array_equal(ppo.game.to_world(jnp.asarray(rows), chosen), expected)
    assert chosen.max() < 30


def test_arenas_do_what_the_actions_say(package):
    """Half a steer turns half as fast in RocketSim, and the row says what was pressed."""
    config = make_config("environment.num_envs=3", "environment.start_states={kickoff: 1}")
    pressed = np.array([[1, s, 0, s, 0, 0, 0, 0] for s in (0.0, 0.5, 1.0)])
    with RocketSimEnv(sim_spec(config), 0) as env:
        env.reset()
        actions = np.repeat(number_of(pressed)[:, None], 2, axis=1)
        for _ in range(8):
            step = env.step(actions)
    state = unpack(step.state)
    np.testing.assert_array_equal(state.previous_action, actions)
    spin = np.abs(state.angular_velocity[:, 0, 2])
    assert spin[0] < 0.01 < 0.3 * spin[2] < spin[1] < 0.8 * spin[2]


@pytest.mark.slow
def test_it_learns_from_rollouts_of_rocketsim(ppo, package):
    """A whole update from what arenas did: rows, numbers of the world, masks."""
    small = [f"{key}={value}" for key, value in OWN.items()]
    config = make_config(*small, "environment.num_envs=4", "training.n_steps=16", "training.n_minibatches=2")
    here = PPO(config, make_game(config))
    state = here.init()
    act = lambda states, uniforms: np.asarray(here.act(state.params, state.obs_stats, states, uniforms))  # noqa: E731
    with RocketSimEnv(sim_spec(config), 0) as env:
        rollout = Collector(env, 16, 2, 4, seed=0).collect(act, 0)
    assert np.isin(rollout.actions, here.game.actions.numbers).all()
    after, _ = here.update(state, rollout, config.reward_weights(0))
    moved = jax.tree.map(
        lambda old, new: bool(jnp.isfinite(new).all() and (old != new).any()), state.params, after.params
    )
    assert all(jax.tree.leaves(moved)), "an update that is not finite would have changed nothing"


def test_onnx_computes_the_same_without_the_code(bot, package, tmp_path):
    export_onnx(bot, tmp_path / "bot.onnx")
    policy, rows = load_policy(bot), random_rows(np.random.default_rng(5), (100,), 2)
    session = onnxruntime.InferenceSession(str(tmp_path / "bot.onnx"), providers=["CPUExecutionProvider"])
    obs, action, controls = session.run(["obs", "action", "controls"], {"state": rows})
    np.testing.assert_allclose(obs, policy.observe(rows), rtol=1e-5, atol=1e-5)
    assert (action == policy.act(rows)).mean() > 0.98
    np.testing.assert_array_equal(controls, EVERY_ACTION[action])
    about = session.get_modelmeta().custom_metadata_map
    np.testing.assert_array_equal(json.loads(about["action_table"]), policy.actions.table)
    state = json.loads(about["state"])
    assert "not used" in state["air_time"]["meaning"]
    assert "not used" not in state["boost"]["meaning"]


@pytest.mark.parametrize("change", ["another row", "fewer rows", "a level between", "lopsided"])
def test_a_damaged_table_is_refused(bot, tmp_path, change):
    folder = shutil.copytree(bot, tmp_path / "bot")
    arrays = dict(np.load(folder / "policy.npz"))
    table = arrays["action_table"]
    arrays["action_table"] = {
        "another row": np.concatenate([table[1:], table[1:2]]),
        "fewer rows": table[:-1],
        "a level between": table * np.float32(0.7),
        "lopsided": np.concatenate([table[1:], [[-1, 1, 0, 0, 0, 0, 0, 0]]]).astype(np.float32),
    }[change]
    np.savez(folder / "policy.npz", **arrays)
    with pytest.raises(UserError, match="action_table"):
        load_policy(folder)


def test_a_run_does_not_go_on_with_other_actions(ppo, bot, monkeypatch):
    config, table = ppo.config, ppo.game.actions.table
    monkeypatch.setattr("own.actions.table", lambda: table[::-1])
    other = PPO(config, make_game(config))
    with pytest.raises(UserError, match=r"game.action_table own.actions:table gives other actions by now"):
        resume(bot, config, other, print)


def test_what_a_folder_for_rlbot_cannot_import_is_named(bot, package, tmp_path):
    obs = package / "own" / "obs.py"
    text = obs.read_text()
    try:
        obs.write_text(f"{text}\n\ndef unused():\n    import scipy.stats\n")
        with pytest.raises(UserError, match=r"own:?.*obs.py imports scipy.stats, which a folder for RLBot has not"):
            export_folder(bot, tmp_path / "out", "mine")
    finally:
        obs.write_text(text)
    assert not (tmp_path / "out").exists()


def test_the_exported_folder_holds_the_code_and_plays(bot, package, tmp_path):
    """In a process of its own that knows nothing of the user's folder."""
    out = tmp_path / "out"
    export_folder(bot, out, "mine")
    assert sorted(path.name for path in (out / "own").iterdir()) == ["__init__.py", "obs.py", "scales.py"]
    policy, row = load_policy(bot), random_rows(np.random.default_rng(7), (1,), 2)[0]
    answers = []
    with running_bot(out, "jaxrl/mine", 0, PADS) as (connection, process):
        for k in range(40):
            connection.send(packet(row, 10_000 + k))
            controller = connection.receive_a(flat.PlayerInput).controller_state
            answers.append((controller.throttle, controller.steer, controller.pitch, controller.boost))
        connection.send(flat.DisconnectSignal())
        output, _ = process.communicate(timeout=20)
    assert b"Traceback" not in output
    table = {(t, s, p, bool(b)) for t, s, p, _, _, _, b, _ in policy.actions.table.tolist()}
    assert set(answers) <= table | {(0, 0, 0, False)}
    assert any(answer in table for answer in answers)


@pytest.mark.slow
def test_train_evaluate_and_resume_in_processes(tmp_path, cache):
    """As typed: a stranger's bot does not run its code until the user names it."""
    write_package(tmp_path)
    done = run(TINY | cache | OWN, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "29 in the car's own frame + 7 of own.obs:observe, mirrored" in done.stdout
    assert "30 of own.actions:table, masked" in done.stdout
    final = tmp_path / "checkpoints" / "final"
    (tmp_path / "own" / "obs.py").write_text("from pathlib import Path\nPath('ran').touch()\n" + OBSERVE)
    command = [
        sys.executable,
        "-m",
        "jaxrl",
        "strength",
        str(final),
        "--against",
        "idle",
        "--matches",
        "2",
        "--minutes",
        "0.1",
    ]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert_one_error_line(refused, "runs code of its maker's, own.obs:observe", "--allow-code own.obs:observe")
    assert not (tmp_path / "ran").exists()
    command += ["--allow-code", "own.obs:observe"]
    played = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert played.returncode == 0, played.stderr
    assert (tmp_path / "ran").exists()
    longer = TINY | cache | OWN | {"training.total_timesteps": "800"}
    again = run(longer, "--resume", str(final), cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert_one_error_line(
        run(TINY | cache | OWN | {"game.action_table": "own.actions:tables"}, cwd=tmp_path),
        "own.actions has no function tables; did you mean table",
    )
    missing = run(TINY | cache | {"observation.standard": "false", "observation.car_frame": "false"}, cwd=tmp_path)
    assert_one_error_line(missing, "observation.standard", "leaves nothing to observe")
