"""The file of running episodes in a checkpoint."""

import numpy as np
import pytest

from jaxrl.checkpoints.episodes import EPISODES_FILE, KINDS, read_episodes, write_episodes
from jaxrl.errors import UserError
from jaxrl.sim.running import RunningEpisodes

RUNNING = RunningEpisodes(
    seeds=np.array([2**63, 7], np.uint64),
    starts=np.array([[np.nan] * 3, [1, 2, 3]], np.float32),
    lengths=np.array([1, 2]),
    actions=np.arange(6, dtype=np.uint8),
    rows=np.ones((2, 5), np.float32),
    episode=np.array([2**40, 3]),
    started_as=np.array([0, 1]),
    broken_in_a_row=np.array([0, 2]),
    final_state_slots=np.array(16),
)


def test_what_is_read_is_what_was_written(tmp_path):
    write_episodes(tmp_path, RUNNING)
    found = read_episodes(tmp_path)
    assert set(KINDS) == set(RunningEpisodes._fields)
    for name, value in RUNNING._asdict().items():
        assert getattr(found, name).dtype == value.dtype
        np.testing.assert_array_equal(getattr(found, name), value)


def test_a_checkpoint_without_it_has_none(tmp_path):
    assert read_episodes(tmp_path) is None


@pytest.mark.parametrize("name", list(KINDS))
def test_another_kind_of_array_is_one_line(tmp_path, name):
    for wrong in (np.zeros((2, 2, 2), KINDS[name][0]), getattr(RUNNING, name).astype(np.complex64)):
        write_episodes(tmp_path, RUNNING._replace(**{name: wrong}))
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
