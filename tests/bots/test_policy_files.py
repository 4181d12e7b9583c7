"""What a missing, damaged or hostile policy.npz or policy.json says: one line, and nothing is executed."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.policies import make_ppo, save, trained_state
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


def rewrite(folder, **changes) -> None:
    """policy.npz with other arrays, None to leave one out."""
    with np.load(folder / "policy.npz") as file:
        arrays = {**file, **changes}
    np.savez(folder / "policy.npz", **{name: array for name, array in arrays.items() if array is not None})


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
    ],
    ids=lambda changes: f"{next(iter(changes))}-{np.shape(next(iter(changes.values())))}",
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
    ],
)
def test_a_description_of_something_else(folder, key, value, part):
    content = json.loads((folder / "policy.json").read_text())
    (folder / "policy.json").write_text(json.dumps({**content, key: value}))
    message = error_line(folder)
    assert any(one in message for one in part.split("|")), message


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", "{}", '{"format": 1}', "[" * 100_000, b"\xff\xfe{}"])
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
