"""What a missing, damaged or hostile policy.npz or policy.json says: one line, and nothing is executed."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.bot_files import describe, rewrite
from support.policies import make_ppo, save, trained_state
from support.special_files import make_special
from support.states import ROW

import jaxrl
from jaxrl.bots.policy_files import load_policy
from jaxrl.errors import UserError


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    ppo = make_ppo("relu", False, False, True, 1)
    return save(tmp_path_factory.mktemp("policy") / "best", ppo, trained_state(ppo))


@pytest.fixture
def folder(original, tmp_path):
    """A whole checkpoint, to be damaged."""
    shutil.copytree(original, tmp_path / "best")
    assert load_policy(tmp_path / "best").description.env_steps == 384
    return tmp_path / "best"


def error_line(folder) -> str:
    with pytest.raises(UserError) as caught:
        load_policy(folder)
    message = str(caught.value)
    assert len(message.splitlines()) == 1, message
    assert str(folder) in message
    return message


def test_a_folder_that_is_no_checkpoint(tmp_path, folder):
    assert "checkpoint?" in error_line(tmp_path / "nowhere")
    assert "checkpoint?" in error_line(tmp_path)
    (folder / "policy.npz").unlink()
    assert "policy.npz: cannot be read" in error_line(folder)


def test_cut_short_or_flipped_files_are_not_loaded(folder):
    content = (folder / "policy.npz").read_bytes()
    for length in (0, 1, 100, len(content) // 2, len(content) - 1):
        (folder / "policy.npz").write_bytes(content[:length])
        assert "policy.npz: cannot be read" in error_line(folder), length
    # in the middle of the array that takes the most room: zip's own checksum tells
    place = content.index(b"actor/Dense_0/kernel.npy") + 2000
    (folder / "policy.npz").write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
    assert "policy.npz: cannot be read" in error_line(folder)


@pytest.mark.parametrize("name", ["actor/Dense_0/kernel", "actor/Dense_1/bias", "logits_head/bias", "obs_mean"])
def test_other_weights_do_not_reproduce_the_test_vectors(folder, name):
    """A whole file with other numbers in it: no checksum of the file itself would tell."""
    with np.load(folder / "policy.npz") as file:
        array = file[name].copy()
    array.flat[:32] += 3  # one alone may feed a unit that is silent in all test vectors
    rewrite(folder, **{name: array})
    assert "not reproduced" in error_line(folder)
    array.flat[5] = np.nan
    rewrite(folder, **{name: array})
    assert "not reproduced" in error_line(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"logits_head/bias": None},
        {"test_states": None},
        {"obs_mean": np.zeros(135, np.float32)},
        {"actor/Dense_0/kernel": np.zeros((136, 31), np.float32)},
        {"test_states": np.float32(1)},
        {"test_states": np.zeros((0, ROW), np.float32)},
        {"test_states": np.zeros((1, 90), np.float32)},
        {"logits_head/bias": np.array(["a"] * 90)},
        {"logits_head/bias": np.zeros(90, np.complex64)},
        {"logits_head/bias": np.zeros(90, np.float64)},
        {"logits_head/bias": np.zeros(90, ">f4")},
        {"logits_head/kernel": np.zeros((90, 16), np.float32)},
        {"actor/Dense_0/bias": np.float32(1)},
        {"actor/Dense_0/bias": np.zeros(0, np.float32), "actor/Dense_0/kernel": np.zeros((136, 0), np.float32)},
        {"obs_var": np.zeros(1, np.float32)},
        {"test_obs": np.zeros((64, 2, 1), np.float32)},
        {"test_logits": np.zeros((64, 1, 90), np.float32)},
        {"test_states": np.zeros((1001, ROW), np.float32)},
        {"test_description": np.zeros(31, np.uint8)},
        {"test_description": np.zeros(32, np.float32)},
    ],
    ids=lambda changes: "-".join(
        f"{name}-{np.shape(array)}-{np.asarray(array).dtype}" for name, array in changes.items()
    ),
)
def test_missing_or_misshapen_arrays(folder, changes):
    rewrite(folder, **changes)
    error_line(folder)


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("format", 2, "format is 2"),
        ("format", "1", "format is '1'"),
        ("obs_size", 108, "obs_size is 108"),
        ("num_actions", 91, "num_actions is 91"),
        ("team_size", 2, "obs_size is 136"),
        ("team_size", "1", "team_size"),
        ("activation", "selu", "activation"),
        ("trunk_layers", "0", "trunk_layers"),
        ("actor_layers", 1, "logits_head|shape"),
        ("clip_observations", "2", "clip_observations"),
        ("clip_observations", None, "clip_observations"),
        ("colour", "blue", "colour"),
        ("tick_skip", 0, "tick_skip is 0, not from 1 to 120"),
        ("tick_skip", -8, "tick_skip is -8"),
        ("tick_skip", 10**9, "tick_skip is 1000000000"),
        ("tick_skip", 10**4000, "tick_skip is 1000"),
        ("tick_skip", True, "tick_skip is True, not int"),
        ("action_delay_ticks", -1, "action_delay_ticks is -1"),
        ("action_delay_ticks", 100, "action_delay_ticks is 100, more than tick_skip, which is 8"),
        ("trunk_layers", -1, "trunk_layers is -1"),
        ("trunk_layers", 10**9, "trunk_layers is 1000000000"),
        ("trunk_layers", 1, "trunk/Dense_0"),
        ("actor_layers", 3, "actor/Dense_2"),
        ("actor_layers", 0, "logits_head/kernel has the shape [16, 90], not [136, 90]"),
        ("layer_norm", True, "actor/LayerNorm_0/scale"),
        ("clip_observations", float("nan"), "clip_observations is nan"),
        ("clip_observations", float("inf"), "clip_observations is inf"),
        ("clip_observations", 0.0, "clip_observations is 0.0"),
        ("env_steps", -1, "env_steps is -1"),
        ("env_steps", 2**63, "env_steps"),
        ("team_size", 0, "team_size is 0"),
        ("team_size", 10**6, "team_size is 1000000"),
        ("activation", "x" * 50_000, "activation is 'xxx"),
        ("\x1b[2J", 1, "\\x1b[2J"),
        ("jaxrl", "x" * 200_000, "larger than"),
    ],
)
def test_a_description_of_something_else(folder, key, value, part):
    """With the digest that belongs to it: from a stranger, not by a mishap."""
    describe(folder, **{key: value})
    message = error_line(folder)
    assert any(one in message for one in part.split("|")), message
    assert len(message) < 1000
    assert message.isprintable()


def test_one_flipped_bit_does_not_make_it_play_another_game(folder):
    """8 ticks to 9 is valid in itself; bots of earlier versions, which know no digest, still load."""
    path = folder / "policy.json"
    text = path.read_text()
    path.write_text(text.replace('"tick_skip": 8', '"tick_skip": 9'))
    assert "policy.npz: belongs to another policy.json" in error_line(folder)
    rewrite(folder, test_description=None)
    assert load_policy(folder).description.tick_skip == 9
    path.write_text(json.dumps(json.loads(text)))
    assert load_policy(folder).description.tick_skip == 8


@pytest.mark.parametrize("kind", ["pipe", "device", "socket", "folder", "link to nowhere"])
@pytest.mark.parametrize("name", ["policy.json", "policy.npz"])
def test_what_is_not_a_file_is_not_waited_for(folder, name, kind):
    (folder / name).unlink()
    make_special(folder, kind, name)
    assert f"{name}: cannot be read (" in error_line(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", "null", "{}", '{"format": 1}', "[" * 90_000, "9" * 5000, b"\xff\xfe{}"]
)
def test_broken_json(folder, text):
    (folder / "policy.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert "policy.json" in error_line(folder)


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_never_executed(folder, tmp_path):
    """Neither in place of an array nor in place of the file."""
    trap = np.array([Trap(tmp_path / "sprung")], object)
    rewrite(folder, obs_mean=trap)
    assert "policy.npz: cannot be read" in error_line(folder)
    trap.dump(folder / "policy.npz")
    assert "policy.npz: cannot be read" in error_line(folder)
    assert not (tmp_path / "sprung").exists()
    np.load(folder / "policy.npz", allow_pickle=True)
    assert (tmp_path / "sprung").exists(), "the trap itself does not work"


def test_the_package_offers_load_policy():
    """`from jaxrl import load_policy`, as promised; any other name is an ordinary error."""
    assert jaxrl.load_policy is load_policy
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = jaxrl.no_such_name
