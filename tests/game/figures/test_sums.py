"""All figures at once: under numpy and JAX, in pieces, from the other side of the field, with cars left out."""

import jax
import numpy as np
import pytest
from support.manoeuvres import play

from jaxrl.game.figures import FIGURES, add, measure, values
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS, mirror_rows
from jaxrl.game.observation.standard import half_turn
from jaxrl.game.state import pack, unpack

ALL = tuple(FIGURES.values())
AHEAD = 15  # decisions of 8 ticks in the second that figures look ahead
# what no manoeuvre shows
NEVER = {
    "aerial_touches_per_minute",
    "backward_diagonal_flips_per_minute",
    "own_goals_per_minute",
    "saves_per_minute",
    "shots_per_minute",
}


@pytest.fixture(scope="module")
def block():
    """States, next states, actions and ends of all manoeuvres, played in RocketSim 2: `[T, N, ...]`."""
    played = play("rocketsim2", 8, 1)
    states, next_states = played.rows[:-1], played.rows[1:]
    actions = unpack(next_states).previous_action.astype(np.int32)
    done = np.arange(1, len(played.rows))[:, None] == played.ended
    return states, next_states, actions, done


def same(found, expected):
    assert set(found) == set(FIGURES)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-5, atol=1e-6, err_msg=name)


def test_manoeuvres_show_nearly_all_figures(block):
    """So that what is compared below is not 0 on both sides."""
    found = values(ALL, measure(ALL, *block, 8), 8)
    assert {name for name, value in found.items() if not value} <= NEVER


def test_numpy_and_jax(block):
    measured = jax.jit(lambda *arrays: values(ALL, measure(ALL, *arrays, 8), 8))(*block)
    same(measured, values(ALL, measure(ALL, *block, 8), 8))


def test_pieces_add_up(block):
    """Pieces of 10 decisions, each followed by a second that only shows what became of them."""
    whole = measure(ALL, *block, 8)
    length, sums = len(block[0]), None
    for first in range(0, length, 10):
        counted = min(10, length - first)
        piece = measure(ALL, *(array[first : first + counted + AHEAD] for array in block), 8, counted=counted)
        sums = piece if sums is None else add(ALL, sums, piece)
    for found, expected in zip(sums, whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def test_a_mirror_changes_nothing(block):
    states, next_states, actions, done = block
    seen = mirror_rows(states), mirror_rows(next_states), MIRRORED_ACTIONS[actions], done
    same(values(ALL, measure(ALL, *seen, 8), 8), values(ALL, measure(ALL, *block, 8), 8))


def test_blue_and_orange_are_alike(block):
    """The field turned by 180 degrees, and the teams with it: the other car's figures."""
    states, next_states, actions, done = block
    sums = measure(ALL, turned(states), turned(next_states), actions[..., ::-1], done, 8)
    expected = measure(ALL, *block, 8)
    for found, other in zip(sums, expected, strict=True):
        np.testing.assert_allclose(found, other[..., ::-1], rtol=2e-5, atol=1e-3)


def turned(rows):
    """Seen from the other side, where the second car is blue."""
    state = half_turn(unpack(rows))
    cars = {name: value[..., ::-1, :] for name, value in state._asdict().items() if value.shape[-2:-1] == (2,)}
    cars |= {name: value[..., ::-1] for name, value in state._asdict().items() if value.shape[-1] == 2}
    cars["flip_direction"] = state.flip_direction[..., ::-1, :]
    return pack(state._replace(**cars))


def test_cars_without_weight_are_left_out(block):
    """Whatever stands there: blue alone."""
    states, next_states, actions, done = block
    weight = np.broadcast_to(np.float32([1, 0]), actions.shape)
    broken = next_states.copy()
    unpack(broken).velocity[..., 1, :] = np.nan
    found = values(ALL, measure(ALL, states, broken, actions, done, 8, weight), 8)
    blue = np.broadcast_to([True, False], (actions.shape[1], 2))
    same(found, values(ALL, measure(ALL, *block, 8), 8, blue))


def test_every_figure_says_what_it_is():
    for name, figure in FIGURES.items():
        assert figure.name == name
        assert figure.meaning
        assert figure.unit
        assert figure.group
