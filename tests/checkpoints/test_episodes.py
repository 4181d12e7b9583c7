"""The file of running episodes in a checkpoint, and that its damage costs nothing but these episodes."""

import numpy as np
import pytest

from jaxrl.checkpoints.directory import load_newest
from jaxrl.checkpoints.episodes import KINDS, load_episodes, read_episodes, write_episodes
from jaxrl.checkpoints.files import EPISODES_FILE, verify_checkpoint
from jaxrl.checkpoints.resume import resume_newest
from jaxrl.errors import UserError
from jaxrl.sim.rollout import InProgress, Rollout
from jaxrl.sim.running import RunningEpisodes

EPISODES = RunningEpisodes(
    seeds=np.array([2**63, 7], np.uint64),
    starts=np.array([[np.nan] * 3, [1, 2, 3]], np.float32),
    lengths=np.array([1, 2]),
    actions=np.arange(6, dtype=np.uint16),
    rows=np.ones((2, 5), np.float32),
    episode=np.array([2**40, 3]),
    started_as=np.array([0, 1]),
    broken_in_a_row=np.array([0, 2]),
)
RUNNING = InProgress(EPISODES, final_state_slots=16)
# three decisions of two arenas with two cars
WAITING = Rollout(
    states=np.arange(40, dtype=np.float32).reshape(4, 2, 5),
    actions=np.arange(12, dtype=np.int32).reshape(3, 2, 2),
    terminated=np.eye(3, 2, dtype=bool),
    truncated=np.zeros((3, 2), bool),
    final_states=np.ones((4, 5), np.float32),
    final_index=np.array([[0, 0], [1, 1], [3, 0], [3, 0]], np.int32),
    log_probs=np.full((3, 2, 2), -4.5, np.float32),
)


@pytest.fixture
def saved(tmp_path, state, config, save):
    """A checkpoint with running episodes, beside an older one without."""
    save(tmp_path / "checkpoint_100", state.replace(env_steps=state.env_steps - 1), config)
    save(tmp_path / "checkpoint_200", state, config, running=RUNNING)
    return tmp_path / "checkpoint_200"


def assert_equal(found, expected):
    assert found.final_state_slots == expected.final_state_slots
    for name, value in expected.episodes._asdict().items():
        assert getattr(found.episodes, name).dtype == value.dtype
        np.testing.assert_array_equal(getattr(found.episodes, name), value)


def test_what_is_read_is_what_was_written(tmp_path):
    write_episodes(tmp_path, RUNNING)
    assert {*KINDS} == {*RunningEpisodes._fields, "final_state_slots"}
    assert_equal(read_episodes(tmp_path), RUNNING)


@pytest.mark.parametrize("weight", [None, np.zeros((3, 2, 2), np.float32)])
def test_a_rollout_that_waits_is_kept(tmp_path, weight):
    write_episodes(tmp_path, RUNNING._replace(waiting=WAITING._replace(weight=weight)))
    found = read_episodes(tmp_path)
    assert_equal(found, RUNNING)
    assert found.waiting is not None
    assert (found.waiting.weight is None) == (weight is None)
    for name, array in WAITING._replace(weight=weight)._asdict().items():
        if array is not None:
            assert getattr(found.waiting, name).dtype == array.dtype
            np.testing.assert_array_equal(getattr(found.waiting, name), array)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("states", WAITING.states[:-1]),
        ("states", WAITING.states[..., :-1]),
        ("terminated", WAITING.terminated[:-1]),
        ("truncated", WAITING.truncated[:, :1]),
        ("final_states", WAITING.final_states[:-1]),
        ("final_index", WAITING.final_index + np.int32(4)),
        ("final_index", WAITING.final_index - np.int32(1)),
        ("final_index", WAITING.final_index[:, :1]),
        ("log_probs", np.zeros((3, 2, 1), np.float32)),
        ("weight", np.zeros((2, 2, 2), np.float32)),
        ("actions", np.zeros((3, 2, 2), np.float32)),
    ],
)
def test_a_rollout_that_does_not_fit_is_one_line(tmp_path, name, wrong):
    write_episodes(tmp_path, RUNNING._replace(waiting=WAITING._replace(**{name: wrong})))
    with pytest.raises(UserError, match=rf"{EPISODES_FILE}: damaged \(waiting/{name} ") as caught:
        read_episodes(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_the_names_in_the_file_stay(tmp_path):
    """Files of older versions are read: these names, and no others."""
    names = "seeds starts lengths actions rows episode started_as broken_in_a_row final_state_slots"
    arrays = dict(zip(names.split(), (*EPISODES, np.array(16)), strict=True))
    np.savez(tmp_path / EPISODES_FILE, **arrays)
    assert_equal(read_episodes(tmp_path), RUNNING)


def test_a_checkpoint_gives_what_was_saved(saved):
    assert_equal(load_episodes(saved), RUNNING)


def test_a_checkpoint_without_it_has_none(saved):
    assert load_episodes(saved.with_name("checkpoint_100")) is None


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "a folder"])
def test_its_damage_costs_the_episodes_alone(saved, ppo, state, config, damage):
    """The checkpoint is still the newest intact one, and all else is resumed."""
    path = saved / EPISODES_FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.unlink()
    if damage == "flipped":
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(content[:-100])
    elif damage == "a folder":
        path.mkdir()
    with pytest.raises(UserError, match=rf"^{saved}: damaged: {EPISODES_FILE} (is not what|cannot be read)") as caught:
        load_episodes(saved)
    assert len(str(caught.value).splitlines()) == 1
    reports = []
    folder, loaded = resume_newest(saved.parent, config, ppo, reports.append)
    assert (folder, reports) == (saved, [])
    np.testing.assert_array_equal(loaded.env_steps, state.env_steps)


def test_damage_elsewhere_costs_the_checkpoint(saved):
    (saved / "config.yaml").write_text("seed: 1")
    reports = []
    folder, _ = load_newest(saved.parent, verify_checkpoint, reports.append)
    assert folder.name == "checkpoint_100"
    assert "config.yaml" in reports[0]


@pytest.mark.parametrize("name", list(KINDS))
def test_another_kind_of_array_is_one_line(tmp_path, name):
    right = EPISODES._asdict() | {"final_state_slots": np.array(16)}
    for wrong in (np.zeros((2, 2, 2), KINDS[name][0][0]), right[name].astype(np.complex64)):
        np.savez(tmp_path / EPISODES_FILE, **(right | {name: wrong}))
        with pytest.raises(UserError, match=rf"{EPISODES_FILE}: damaged \({name} "):
            read_episodes(tmp_path)


@pytest.mark.parametrize("cut", [1, 100, 500])
def test_a_file_that_was_cut_is_one_line(tmp_path, cut):
    write_episodes(tmp_path, RUNNING)
    path = tmp_path / EPISODES_FILE
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(UserError, match="damaged") as caught:
        read_episodes(tmp_path)
    assert len(str(caught.value).splitlines()) == 1
