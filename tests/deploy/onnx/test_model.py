"""The bot as an ONNX file: onnxruntime computes with it what the bot does in numpy, in states of real RocketSim."""

import json
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from support.cli import assert_one_error_line
from support.envs import make_config, random_rows, rows_of_all_kinds
from support.policies import make_ppo, save, trained_state
from support.states import ROW

import jaxrl
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy
from jaxrl.deploy.onnx.model import CONTROLS, export_onnx, make_model, verify
from jaxrl.errors import UserError
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.field import PAD_PLACES
from jaxrl.game.masks import MASKED, mask
from jaxrl.game.observation.additions import ADDITIONS
from jaxrl.game.observation.mirror import ball_on_left
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.training.build import sim_spec

ROOT = Path(__file__).parents[3]
DUEL = ROOT / "pretrained" / "duel"
JAX = {"jax", "jaxlib", "flax", "optax", "orbax"}
# activation, layer_norm, shared trunk, observations normalised, cars a side, car_frame, mirror, action_masks
NETWORKS = [
    ("relu", False, False, True, 1, True, True, True),
    ("relu", True, True, False, 2, False, True, True),
    ("tanh", False, True, True, 3, True, False, True),
    ("tanh", True, False, False, 1, False, False, False),
    ("silu", False, True, False, 1, True, False, False),
    ("silu", True, False, True, 2, False, False, False),
    ("gelu", False, False, False, 2, True, True, False),
    ("gelu", True, True, True, 3, False, True, True),
]


def make_bot(folder, activation, layer_norm, shared, normalized, team_size, car_frame, mirror, masks):
    options = {"observation.car_frame": car_frame, "observation.mirror": mirror, "game.action_masks": masks}
    # the fewest numbers without, the most with what there is to add
    added = ("other_frames", "near_pads", "ball_path", *ADDITIONS)
    options |= dict.fromkeys((f"observation.{name}" for name in added), masks)
    views = [f"{key}={str(value).lower()}" for key, value in options.items()]
    ppo = make_ppo(activation, layer_norm, shared, normalized, team_size, *views)
    return save(folder, ppo, trained_state(ppo))


@lru_cache
def real_states(team_size):
    """[400, F] of RocketSim, from kickoffs and in the middle of a match, with cars that do anything."""
    starts = "environment.start_states={kickoff: 1, near_ball: 1, random: 1}"
    config = make_config("environment.num_envs=4", f"environment.team_size={team_size}", starts)
    rng = np.random.default_rng(0)
    with RocketSimEnv(sim_spec(config), 0) as env:
        states = [env.reset().copy()]
        while len(states) < 100:
            actions = rng.integers(90, size=(4, 2 * team_size), dtype=np.int32)
            states += [env.step(actions).state.copy() for _ in range(3)]
    return np.concatenate(states[:100])


@pytest.fixture(scope="module", params=NETWORKS, ids=lambda values: "-".join(map(str, values)))
def each(request, tmp_path_factory):
    """(policy, the file written of it) of every kind of network."""
    folder = tmp_path_factory.mktemp("onnx")
    bot = make_bot(folder / "best", *request.param)
    export_onnx(bot, folder / "bot.onnx")
    return load_policy(bot), folder / "bot.onnx"


def run(file, states):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    assert names == ["obs", "logits", "action", "controls"]
    return dict(zip(names, session.run(names, {"state": states}), strict=True))


def relative_error(found, expected):
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    return (np.abs(found - expected) / np.maximum(1, np.abs(expected))).max()


def assert_same(policy, file, states):
    found = run(file, states)
    obs = policy.observe(states)
    logits = mask(policy.logits(policy.normalize(obs)), policy.allowed(states))
    assert relative_error(found["obs"], obs) < 1e-5
    assert relative_error(found["logits"], logits) < 1e-5
    best = np.sort(logits, axis=-1)
    clear = best[..., -1] - best[..., -2] > 1e-4
    assert clear.mean() > 0.9
    assert found["action"].dtype == np.int32
    np.testing.assert_array_equal(found["action"][clear], policy.act(states)[clear])
    np.testing.assert_array_equal(found["controls"], ACTION_TABLE[found["action"]])
    return logits


@pytest.mark.parametrize("batch", [1, 7, 400])
def test_it_computes_what_the_bot_does(each, batch):
    policy, file = each
    states = real_states(policy.description.team_size)
    logits = assert_same(policy, str(file), states[-batch:])
    if batch == 400:  # what is compared must not be all the same
        assert logits[logits > MASKED].std() > 0.1
        assert (logits.min() == MASKED) == policy.description.action_masks
        assert len(np.unique(policy.act(states))) > 2
        assert 0.1 < ball_on_left(states).mean() < 0.9
        clipped = np.abs(policy.normalize(policy.observe(states))).max()
        assert (clipped == 2) == policy.description.normalize_observations


def test_states_that_no_match_would_bring(each):
    policy, file = each
    cars = 2 * policy.description.team_size
    for states in (random_rows(np.random.default_rng(5), (64,), cars), rows_of_all_kinds((64,), cars)):
        assert_same(policy, str(file), states)


def test_the_shipped_bot(tmp_path):
    export_onnx(DUEL, tmp_path / "duel.onnx")
    assert_same(load_policy(DUEL), str(tmp_path / "duel.onnx"), real_states(1))
    nothing = run(str(tmp_path / "duel.onnx"), np.zeros((0, ROW), np.float32))
    assert [x.shape for x in nothing.values()] == [(0, 2, 136), (0, 2, 90), (0, 2), (0, 2, 8)]


def test_it_can_be_run_widely_and_is_small(each):
    """An old opset, single precision, no control flow, and nothing computed twice."""
    policy, file = each
    model = onnx.load(file)
    assert (model.opset_import[0].version, model.ir_version) == (17, 8)
    operations = [node.op_type for node in model.graph.node]
    path = 20 * policy.description.ball_path  # steps that are written out
    assert len(operations) - 75 * path < (700 if policy.description.action_masks else 200)  # with what the view may add
    # the action, each pad that is shown, what the ball bounces off
    choices = 1 + 4 * policy.description.near_pads + path
    assert operations.count("ArgMax") == choices, "act computes the logits once more"
    layers = policy.description.trunk_layers + policy.description.actor_layers + 1
    assert operations.count("MatMul") == 1 + layers, "the observation's and the network's"
    assert not {"If", "Loop", "Scan", "Constant", "Identity"} & set(operations)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    types = {value.type.tensor_type.elem_type for value in (*inferred.value_info, *inferred.output)}
    types |= {constant.data_type for constant in model.graph.initializer}
    kinds = onnx.TensorProto
    assert types <= {kinds.FLOAT, kinds.INT32, kinds.INT64, kinds.BOOL}
    weights = sum(a.nbytes for name, a in policy.arrays.items() if not name.startswith("test_"))
    states, cars = policy.arrays["test_states"].shape[-1], 2 * policy.description.team_size
    matrix = 4 * (states + 8 * cars) * cars * policy.description.view.size(cars)
    assert file.stat().st_size < weights + matrix + 40_000 + 6_000 * path


def test_weights_keep_their_names(each):
    policy, file = each
    constants = {constant.name: constant for constant in onnx.load(file).graph.initializer}
    kernel = onnx.numpy_helper.to_array(constants["logits_head/kernel"])
    np.testing.assert_array_equal(kernel, policy.arrays["logits_head/kernel"])


def test_what_the_file_says_of_itself(each):
    policy, file = each
    description, model = policy.description, onnx.load(file)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    names = ("team_size", "tick_skip", "action_delay_ticks", "env_steps", "jaxrl", "car_frame", "mirror")
    assert {name: metadata[name] for name in names} == {name: str(getattr(description, name)) for name in names}
    assert (metadata["env_steps"], metadata["jaxrl"]) == ("384", jaxrl.__version__)
    assert json.loads(metadata["controls"]) == list(CONTROLS)
    assert json.loads(metadata["pads"]) == [list(place) for place in PAD_PLACES]
    assert ("mirror" in model.doc_string) == description.mirror
    state = real_states(description.team_size)[33]
    fields = unpack(state)._asdict()
    columns = json.loads(metadata["state"])
    assert list(columns) == list(fields)
    for name, column in columns.items():
        places = column["offset"] + sum(
            stride * index for stride, index in zip(column["strides"], np.indices(column["shape"]), strict=True)
        )
        np.testing.assert_array_equal(state[places], fields[name], err_msg=name)


def test_what_is_said_not_to_be_used_is_not_used(each):
    """And everything else is."""
    policy, file = each
    columns = json.loads({entry.key: entry.value for entry in onnx.load(file).metadata_props}["state"])
    cars = 2 * policy.description.team_size
    states = np.concatenate([real_states(policy.description.team_size)[::20], rows_of_all_kinds((200,), cars)])
    expected = run(str(file), states)
    for name, column in columns.items():
        others = states.copy()
        unpack(others)._asdict()[name][:] -= 1
        assert (others != states).any()
        unused = all(np.array_equal(found, expected[output]) for output, found in run(str(file), others).items())
        assert unused == column["meaning"].startswith("not used"), name


def changed(policy, name, by):
    return Policy(policy.description, {**policy.arrays, name: policy.arrays[name] + np.float32(by)})


@pytest.mark.parametrize(
    ("name", "by", "wrong"), [("logits_head/bias", 0.01, "logits"), ("actor/Dense_0/kernel", 0.001, "logits")]
)
def test_a_model_that_is_not_the_bot_is_refused(name, by, wrong):
    policy = load_policy(DUEL)
    verify(make_model(policy).SerializeToString(), policy)
    with pytest.raises(UserError, match=wrong):
        verify(make_model(changed(policy, name, by)).SerializeToString(), policy)


@pytest.mark.parametrize(("shape", "dtype", "wrong"), [((90,), np.int32, "action"), ((90, 8), np.float32, "obs")])
def test_wrong_tables_are_noticed(shape, dtype, wrong):
    """Of actions in the mirror; of controls, which the observation of the previous action reads, too."""
    policy = load_policy(DUEL)
    model = make_model(policy)
    tables = [(x, array) for x in model.graph.initializer if (array := onnx.numpy_helper.to_array(x)).shape == shape]
    ((table, array),) = [(x, array) for x, array in tables if array.dtype == dtype and "/" not in x.name]
    table.CopyFrom(onnx.numpy_helper.from_array(np.roll(array, 1, axis=0), table.name))
    with pytest.raises(UserError, match=wrong):
        verify(model.SerializeToString(), policy)


def test_nothing_is_written_unless_it_is_right(tmp_path, monkeypatch):
    (tmp_path / "bot.onnx").write_text("the last one")
    wrong = make_model(changed(load_policy(DUEL), "logits_head/bias", 0.01))
    monkeypatch.setattr("jaxrl.deploy.onnx.model.make_model", lambda policy: wrong)
    with pytest.raises(UserError, match="nothing was written"):
        export_onnx(DUEL, tmp_path / "bot.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["bot.onnx"]
    assert (tmp_path / "bot.onnx").read_text() == "the last one"


def export(*arguments, before=""):
    """The command in a process of its own; JAX's packages that it loaded are the last line."""
    code = f"import sys\n{before}\nfrom jaxrl.cli.main import run_command\ncode = run_command('export')\n"
    code += f"print(sorted({JAX!r} & set(sys.modules)))\nsys.exit(code)"
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_the_command(tmp_path):
    """Twice: what was there is replaced. No JAX, no warnings, nothing else in the folder."""
    out = tmp_path / "new" / "bot.onnx"
    for _ in range(2):
        done = export(DUEL, "--onnx", "--out", out)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"{out}, of {DUEL}: ")
        assert done.stdout.endswith("\n[]\n")
        assert [path.name for path in out.parent.iterdir()] == ["bot.onnx"]
        assert_same(load_policy(DUEL), str(out), real_states(1)[:50])
        out.write_text("something else")


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_without_the_extra(tmp_path, package):
    missing = f"sys.modules[{package!r}] = None"
    done = export(DUEL, "--onnx", "--out", tmp_path / "bot.onnx", before=missing)
    assert_one_error_line(done, 'pip install "jaxrl-rocketleague[onnx]"', package)
    assert not list(tmp_path.iterdir())
    done = export(DUEL, "--out", tmp_path / "folder", before=missing)
    assert (done.returncode, done.stderr) == (0, ""), "the folder for RLBot needs neither"


def test_errors_are_one_line(tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(DUEL, damaged)
    (damaged / "policy.npz").write_bytes((DUEL / "policy.npz").read_bytes()[:1000])
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    out = tmp_path / "bot.onnx"
    assert_one_error_line(export(damaged, "--onnx", "--out", out), str(damaged), "policy.npz")
    assert_one_error_line(export(tmp_path / "empty", "--onnx", "--out", out), "checkpoint?")
    assert_one_error_line(export(DUEL, "--onnx", "--out", tmp_path / "bot"), "--out", ".onnx")
    assert_one_error_line(export(DUEL, "--onnx", "--out", tmp_path / "folder.onnx"), "--out", "folder.onnx")
    assert_one_error_line(export(DUEL, "--onnx", "--out", tmp_path / "file" / "bot.onnx"), "--out", "file")
    assert_one_error_line(export(DUEL, "--onnx", "--out", out, "--name", "me"), "--name")
    assert {path.name for path in tmp_path.iterdir()} == {"damaged", "folder.onnx", "file", "empty"}
