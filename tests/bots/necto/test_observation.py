"""What Nexto and Necto see: a situation worked out by hand, the same for both teams, the same under JAX."""

import jax
import numpy as np
import pytest
from support.observations import random_state, turned
from support.states import rows

from jaxrl.bots.necto.observation import ball_first, necto_view, nexto_view
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import pack, unpack

VECTORS = ("ball_position", "ball_velocity", "ball_angular_velocity")
CAR_VECTORS = ("position", "velocity", "forward", "up", "angular_velocity")


def other_side(state):
    """The same match with the teams' places exchanged."""
    half = len(state.boost) // 2
    swap = [*range(half, 2 * half), *range(half)]
    fields = {field.name: getattr(state, field.name)[swap] for field in LAYOUT.fields if field.of_car}
    fields |= {name: turned(fields[name]) for name in CAR_VECTORS}
    fields |= {name: turned(getattr(state, name)) for name in VECTORS}
    return state._replace(pads=state.pads[::-1], **fields)


def views(states):
    """Queries and keys of both, Necto's timers as if they showed the pads and demolitions themselves."""
    state = unpack(states)
    return {"nexto": nexto_view(states), "necto": necto_view(states, state.demoed, state.pads)}


@pytest.fixture
def by_hand():
    """Blue at (2300, 0, 0) drives along x at 1150 uu/s, orange at (2300, 4600, 0) looks up; the ball rolls away."""
    return rows(
        position=[[2300, 0, 0], [2300, 4600, 0]],
        velocity=[[1150, 0, 0], [0, 0, 230]],
        forward=[[1, 0, 0], [0, 0, 1]],
        up=[[0, 0, 1], [0, 1, 0]],
        angular_velocity=[[0, 0, 5.5], [0, 0, 0]],
        boost=[50, 12],
        on_ground=[1, 0],
        has_flip_or_jump=[0, 1],
        demoed=[0, 1],
        previous_action=[8, 1],
        ball_position=[2300, 2300, 92],
        ball_velocity=[0, 2300, 0],
        pads=np.arange(34) % 2,
    )[None]


def test_nextos_view_by_hand(by_hand):
    """Blue faces +x: its right, where y is, is its left when it faces +y, so what is at +y comes to lie at -x.

    (x, y) -> (cos a x - sin a y, sin a x + cos a y) with a = atan2(forward x, forward y) = 90 degrees: (-y, x).
    """
    query, keys = (array[0, 0] for array in nexto_view(by_hand))
    own = [1, 1, 0, 0, 0, 1, 0, 0, 0.5, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0.5, 0, 1, 0]
    np.testing.assert_allclose(query, [*own, *[0] * 8], atol=1e-6)  # action 8 presses nothing
    np.testing.assert_allclose(keys[0], [1, 1, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, 1, 0, 0, 0, 1, *own[17:]], atol=1e-6)
    other = [0, 0, 1, 0, 0, -2, 0, 0, 0, 0, 0.1, 0, 0, 1, -1, 0, 0, 0, 0, 0, 0.12, 1, 0, 1]
    np.testing.assert_allclose(keys[1], other, atol=1e-6)
    np.testing.assert_allclose(keys[2], [0, 0, 0, 1, 0, -1, 0, 0.04, -1, *[0] * 15], atol=1e-6)
    # pad 0, small and not there, at (0, -4240, 70): (-2300, -4240) from the car; pad 3, large, at (-3072, -4096, 73)
    small = [0, 0, 0, 0, 1, 4240 / 2300, -1, 70 / 2300, *[0] * 12, 0.12, 0, 0, 0]
    large = [0, 0, 0, 0, 1, 4096 / 2300, -5372 / 2300, 73 / 2300, *[0] * 12, 1, 1, 0, 0]
    np.testing.assert_allclose(keys[3], small, atol=1e-6)
    np.testing.assert_allclose(keys[6], large, atol=1e-6)
    assert keys.shape == (37, 24)


def test_nectos_view_by_hand(by_hand):
    """Nothing is turned, velocities are relative, the ball comes first; orange sees the field turned."""
    query, keys = necto_view(by_hand, np.float32([[0.3, 0.2]]), np.full((1, 34), 0.4, np.float32))
    own = [1, 1, 0, 0, 0, 1, 0, 0, 0.5, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0.5, 0.3, 1, 0]
    np.testing.assert_allclose(query[0, 0], [*own, *[0] * 8], atol=1e-6)
    np.testing.assert_allclose(keys[0, 0, 0], [0, 0, 0, 1, 0, 0, 1, 0.04, -0.5, 1, *[0] * 14], atol=1e-6)
    np.testing.assert_allclose(keys[0, 0, 1], [*own[:5], *[0] * 6, *own[11:]], atol=1e-6)
    own = [1, 1, 0, 0, 0, -1, -2, 0, 0, 0, 0.1, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0.12, 0.2, 0, 1]
    # action 1: full reverse, to the left, with the handbrake
    np.testing.assert_allclose(query[0, 1], [*own, -1, -1, 0, -1, 0, 0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(keys[0, 1, 0], [0, 0, 0, 1, 0, 0, 1, 0.04, 0, -1, -0.1, *[0] * 13], atol=1e-6)
    small = [0, 0, 0, 0, 1, 1, (4240 + 4600) / 2300, 70 / 2300, 0, 0, -0.1, *[0] * 9, 0.12, 0.4, 0, 0]
    np.testing.assert_allclose(keys[0, 1, 3], small, atol=1e-6)


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_teams_see_the_same_from_exchanged_places(num_cars):
    """But for the order of the pads: the opposite of pad k is pad 33 - k."""
    state, half = random_state(num_cars, seed=num_cars), num_cars // 2
    swap = [*range(half, num_cars), *range(half)]
    seen, from_other_side = (views(pack(each)[None]) for each in (state, other_side(state)))
    for name, (query, keys) in seen.items():
        assert (query.shape, keys.shape) == ((1, num_cars, 32), (1, num_cars, num_cars + 35, 24))
        assert query.dtype == keys.dtype == np.float32
        other_query, other_keys = from_other_side[name]
        np.testing.assert_allclose(other_query[:, swap], query, atol=1e-5)
        order = [*range(num_cars + 1), *range(num_cars + 34, num_cars, -1)]
        np.testing.assert_allclose(other_keys[:, swap][..., order, :], keys, atol=2e-5)


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_cars_are_listed_by_team(num_cars):
    """Self, mates, opponents: by their boost, which tells who is who."""
    half = num_cars // 2
    states = pack(random_state(num_cars, seed=0)._replace(boost=np.arange(num_cars)))[None]
    seen = views(states)
    for view in (seen["nexto"][1], seen["necto"][1][..., np.argsort(ball_first(num_cars)), :]):
        boost = np.round(view[0, :, :num_cars, 20] * 100).astype(int)
        for car in range(num_cars):
            team = [*range(half)] if car < half else [*range(half, num_cars)]
            assert boost[car, 0] == car
            assert boost[car, :half].tolist() == [car, *[mate for mate in team if mate != car]]
        kinds = [[1, 1, 0, 0, 0]] + [[0, 1, 0, 0, 0]] * (half - 1) + [[0, 0, 1, 0, 0]] * half
        np.testing.assert_array_equal(view[0, :, :num_cars, :5], np.tile(kinds, (num_cars, 1, 1)))


def test_numpy_and_jax_see_the_same():
    states = np.stack([pack(random_state(4, seed)) for seed in range(5)])
    for expected, found in zip(jax.tree.leaves(views(states)), jax.tree.leaves(jax.jit(views)(states)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
