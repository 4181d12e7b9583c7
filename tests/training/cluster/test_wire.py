"""Rollouts cross the network smaller, and come out as they were."""

import numpy as np
import pytest
from support.envs import random_rows
from support.updates import make_ppo, make_rollout

from jaxrl.game.layout import LAYOUT, LONG_AGO
from jaxrl.game.state import row_size, unpack
from jaxrl.training.cluster.wire import columns, pack, pack_rows, unpack_rows
from jaxrl.training.cluster.wire import unpack as unpack_rollout

BYTES_A_STEP = 420  # of 1v1; as float32 it is 796


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_every_column_is_there_once(num_cars):
    size = row_size(num_cars)
    assert sorted(np.concatenate(columns(size)).tolist()) == list(range(size))


def real_rows(make_arenas):
    env = make_arenas(0, num_envs=8, start_states=(("kickoff", 1.0), ("random", 1.0)), seed=3)
    rng, seen = np.random.default_rng(0), [env.reset().copy()]
    for _ in range(200):
        seen.append(env.step(rng.integers(0, 90, (8, 2), dtype=np.int32)).state.copy())
    return np.stack(seen)


def test_rows_of_a_game_come_out_as_they_were(make_arenas):
    """Bit for bit, but for the seconds until pads are back, which are whole ticks to a hundred thousandth."""
    rows = real_rows(make_arenas)
    found = unpack_rows(pack_rows(rows), rows.shape[-1])
    for field, was, came in zip(LAYOUT.fields, unpack(rows), unpack(found), strict=True):
        if field.name == "pad_seconds":
            np.testing.assert_allclose(came, was, atol=5e-3)
        else:
            np.testing.assert_array_equal(came, was, err_msg=field.name)
    assert found.dtype == np.float32


def test_counts_that_do_not_fit_stay_as_they_are():
    rows = random_rows(np.random.default_rng(0), (3,), 2)
    state = unpack(rows)
    state.large_pads[1] = 300
    state.ticks_since_contact[:] = [[LONG_AGO, 3], [70_000, 5], [LONG_AGO, LONG_AGO]]
    for name in ("ticks_since_kickoff", "score"):
        getattr(state, name)[:] = 1
    found = unpack_rows(pack_rows(rows), rows.shape[-1])
    np.testing.assert_array_equal(unpack(found).large_pads, state.large_pads)
    np.testing.assert_array_equal(unpack(found).ticks_since_contact, state.ticks_since_contact)


def test_a_step_of_1v1_is_small(make_arenas):
    rows = real_rows(make_arenas)
    packed = pack_rows(rows)
    per_row = sum(array.nbytes for array in packed) / rows[..., 0].size
    actions, log_probs, ended = 2 * 2, 2 * 4, 0.25
    n_steps = 32  # a rollout has a row more
    assert per_row * (n_steps + 1) / n_steps + actions + log_probs + ended <= BYTES_A_STEP


def test_a_rollout_comes_out_with_the_last_states_that_it_uses():
    rollout = make_rollout(make_ppo().game)
    rollout = rollout._replace(log_probs=np.full(rollout.actions.shape, -2.5, np.float32))
    packed = pack(rollout)
    found = unpack_rollout(packed, rollout.states.shape[-1])
    assert packed.nbytes < 0.6 * sum(array.nbytes for array in rollout if array is not None)
    assert len(found.final_index) == 2
    for name in ("actions", "terminated", "truncated", "log_probs"):
        assert getattr(found, name).dtype == getattr(rollout, name).dtype
        np.testing.assert_array_equal(getattr(found, name), getattr(rollout, name))
    np.testing.assert_array_equal(found.final_index, rollout.final_index[:2])
