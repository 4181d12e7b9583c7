"""Rows and their named views: nothing is lost, nothing overlaps."""

import subprocess
import sys

import jax
import numpy as np
import pytest

from jaxrl.game.state import State, pack, row_size, team_signs, unpack


@pytest.mark.parametrize("num_cars", [2, 4, 6])
@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_pack_undoes_unpack(num_cars, lead):
    """All numbers of a row differ, so a lost, doubled or misplaced one shows."""
    size = int(np.prod(lead, dtype=int)) * row_size(num_cars)
    rows = np.arange(size, dtype=np.float32).reshape(*lead, row_size(num_cars))
    state = unpack(rows)
    np.testing.assert_array_equal(pack(state), rows)
    numbers = np.concatenate([field.ravel() for field in state])
    np.testing.assert_array_equal(np.sort(numbers), rows.ravel())


@pytest.mark.parametrize("lead", [(), (4,)])
def test_unpack_undoes_pack(make_state, lead):
    """Field by field: what is written under a name is read under that name, for the right car."""
    rng = np.random.default_rng(0)
    state = State(*(rng.normal(size=field.shape).astype(np.float32) for field in make_state(4, lead)))
    rows = pack(state)
    assert rows.shape == (*lead, row_size(4))
    assert rows.dtype == np.float32
    for name, wrote, read in zip(State._fields, state, unpack(rows), strict=True):
        np.testing.assert_array_equal(read, wrote, err_msg=name)


def test_unpack_gives_views_under_numpy():
    rows = np.zeros((2, row_size(2)), np.float32)
    unpack(rows).boost[1, 0] = 7
    assert unpack(rows).boost[1, 0] == 7
    assert np.count_nonzero(rows) == 1


def test_unpack_under_jit_equals_numpy():
    rows = np.random.default_rng(1).normal(size=(3, row_size(6))).astype(np.float32)
    for name, ours, reference in zip(State._fields, jax.jit(unpack)(rows), unpack(rows), strict=True):
        np.testing.assert_array_equal(ours, reference, err_msg=name)


def test_team_signs_blue_first():
    np.testing.assert_array_equal(team_signs(2), [1, -1])
    np.testing.assert_array_equal(team_signs(6), [1, 1, 1, -1, -1, -1])


def test_a_numpy_bot_needs_neither_jax_nor_rocketsim():
    """Law 2: the meaning of a state runs where only numpy is installed."""
    code = (
        "import sys, numpy as np\n"
        "from jaxrl.game.game import rocket_league\n"
        "game = rocket_league(1, 8, ['goal', 'touch'])\n"
        "rows = np.zeros((2, game.state_size), np.float32)\n"
        "game.observe(rows), game.rewards(rows, rows, np.zeros((2, 2), np.int32))\n"
        "print(sorted({'jax', 'RocketSim'} & set(sys.modules)))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "[]", result.stderr
