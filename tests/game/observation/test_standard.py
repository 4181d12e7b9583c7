"""What a car sees: the layout that was promised, the same for both teams, under numpy and JAX."""

from pathlib import Path

import jax
import numpy as np
import pytest
from support.observations import random_state, turned

from jaxrl.bots.policy_files import load_policy
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.layout import LAYOUT
from jaxrl.game.observation.standard import observation_size, observe
from jaxrl.game.state import pack, row_size

DUEL = Path(__file__).parents[3] / "pretrained" / "duel"
VECTORS = ("ball_position", "ball_velocity", "ball_angular_velocity")
CAR_FIELDS = [field.name for field in LAYOUT.fields if field.of_car]
CAR_VECTORS = ("position", "forward", "up", "velocity", "angular_velocity")


def other_side(state):
    """The same match with the teams' places exchanged: the first blue car's part is played by the first orange one."""
    num_cars = len(state.boost)
    swap = [*range(num_cars // 2, num_cars), *range(num_cars // 2)]
    fields = {name: np.asarray(getattr(state, name))[swap] for name in CAR_FIELDS}
    fields |= {name: turned(fields[name]) for name in CAR_VECTORS}
    fields |= {name: turned(getattr(state, name)) for name in VECTORS}
    # pad i and pad 33 - i lie opposite each other (checked against RocketSim in tests/sim/rocketsim2/test_arena.py)
    return state._replace(score=state.score[::-1], pads=np.array(state.pads.tolist()[::-1]), **fields)


@pytest.mark.parametrize(("num_cars", "size"), [(2, 107), (4, 169), (6, 231)])
def test_sizes(num_cars, size):
    assert observation_size(num_cars) == size
    for lead in [(), (5,), (2, 5)]:
        observation = observe(np.zeros((*lead, row_size(num_cars)), np.float32))
        assert observation.shape == (*lead, num_cars, size)
        assert observation.dtype == np.float32


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_teams_see_the_same_from_exchanged_places(num_cars):
    state = random_state(num_cars, seed=num_cars)
    seen, seen_from_other_side = observe(pack(state)), observe(pack(other_side(state)))
    half = num_cars // 2
    np.testing.assert_array_equal(seen[:half], seen_from_other_side[half:])
    np.testing.assert_array_equal(seen[half:], seen_from_other_side[:half])
    assert not np.allclose(seen[:half], seen[half:])  # or the comparison would show nothing


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_both_teams_see_the_same_in_a_point_symmetric_state(num_cars):
    """Like a kickoff: orange is blue turned, the ball is on the axis, the pads mirror each other."""
    state, half = random_state(num_cars, seed=num_cars), num_cars // 2
    on_axis = {name: getattr(state, name) * [0, 0, 1] for name in VECTORS}
    cars = {name: np.concatenate([np.asarray(getattr(state, name))[:half]] * 2) for name in CAR_FIELDS}
    for name in CAR_VECTORS:
        cars[name][half:] = turned(cars[name][half:])
    pads = np.concatenate([state.pads[:17], state.pads[16::-1]])
    symmetric = state._replace(score=np.array([2, 2]), pads=pads, **on_axis, **cars)
    seen = observe(pack(symmetric))
    np.testing.assert_array_equal(seen[:half], seen[half:])


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_numpy_and_jax_agree(num_cars):
    rows = np.stack([[pack(random_state(num_cars, seed=3 * t + n)) for n in range(3)] for t in range(2)])
    np.testing.assert_allclose(jax.jit(observe)(rows), observe(rows), rtol=1e-6, atol=1e-6)


@pytest.fixture
def duel(make_state):
    """A 1v1 state in round numbers: lengths are multiples of 230 uu, spins of 0.55 rad/s."""
    pads = np.zeros(34)
    pads[[0, 5]] = 1
    return make_state(
        2,
        ball_position=[2300, -1150, 460],
        ball_velocity=[230, 460, -690],
        ball_angular_velocity=[5.5, -2.75, 0.55],
        pads=pads,
        position=[[-2300, 1150, 230], [1150, 2300, 0]],
        forward=[[1, 0, 0], [0, -1, 0]],
        up=[[0, 0, 1], [0, 0.6, 0.8]],
        velocity=[[2300, 0, 0], [0, -1150, 230]],
        angular_velocity=[[0, 0, 5.5], [2.75, 0, 0]],
        boost=[25, 100],
        on_ground=[1, 0],
        has_flip_or_jump=[1, 0],
        demoed=[0, 1],
        previous_action=[7, 23],
    )


def test_layout_of_blue(duel):
    """Every number of the promised layout, worked out by hand."""
    blue = observe(pack(duel))[0]
    expected = [
        *(1, -0.5, 0.2, 0.1, 0.2, -0.3, 1, -0.5, 0.1),  # ball: position, velocity, spin
        *(0, -1, 0, -1, 0, 0, 0, 1),  # action 7: left, handbrake
        *(1, 0, 0, 0, 0, 1, *[0] * 28),  # pads 0 and 5
        *(2, -1, 0.1, -0.9, 0.2, -0.3),  # own car: ball minus car
        *(-1, 0.5, 0.1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1),  # position, forward, up, velocity, spin
        *(0.25, 1, 1, 0),  # boost, on ground, flip, demolished
        *(0.5, -1.5, 0.2, 0.1, 0.7, -0.4),  # opponent: ball minus car
        *(0.5, 1, 0, 0, -1, 0, 0, 0.6, 0.8, 0, -0.5, 0.1, 0.5, 0, 0),
        *(1, 0, 0, 1),
        *(1.5, 0.5, -0.1, -1, -0.5, 0.1),  # opponent relative to own car: position, velocity
    ]
    assert len(expected) == 107
    np.testing.assert_allclose(blue, expected, atol=1e-6)


def test_layout_of_orange(duel):
    """The same state seen by orange: x and y of all vectors change sign, pads are read from the other end."""
    orange = observe(pack(duel))[1]
    expected = [
        *(-1, 0.5, 0.2, -0.1, -0.2, -0.3, -1, 0.5, 0.1),
        *(1, 1, 0, 1, 0, 0, 1, 1),  # action 23: throttle, right, boost, handbrake
        *(*[0] * 28, 1, 0, 0, 0, 0, 1),
        *(-0.5, 1.5, 0.2, -0.1, -0.7, -0.4),
        *(-0.5, -1, 0, 0, 1, 0, 0, -0.6, 0.8, 0, 0.5, 0.1, -0.5, 0, 0),
        *(1, 0, 0, 1),
        *(-2, 1, 0.1, 0.9, -0.2, -0.3),
        *(1, -0.5, 0.1, -1, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0, 1),
        *(0.25, 1, 1, 0),
        *(1.5, 0.5, 0.1, -1, -0.5, -0.1),
    ]
    np.testing.assert_allclose(orange, expected, atol=1e-6)


def test_team_mates_come_before_opponents(make_state):
    """2v2: the boost of each car marks it; blocks of 31 follow the own 25 that start at 51."""
    seen = observe(pack(make_state(4, boost=[10, 20, 30, 40], previous_action=8)))
    boost_columns = [51 + 21, 76 + 21, 107 + 21, 138 + 21]
    expected = [[0.1, 0.2, 0.3, 0.4], [0.2, 0.1, 0.3, 0.4], [0.3, 0.4, 0.1, 0.2], [0.4, 0.3, 0.1, 0.2]]
    np.testing.assert_allclose(seen[:, boost_columns], expected, atol=1e-6)


def test_every_previous_action_is_shown_as_its_controls(make_state):
    rows = pack(make_state(2, lead=(90,), previous_action=np.stack([np.arange(90), np.arange(90)[::-1]], axis=-1)))
    seen = observe(rows)
    np.testing.assert_array_equal(seen[:, 0, 9:17], ACTION_TABLE)
    np.testing.assert_array_equal(seen[::-1, 1, 9:17], ACTION_TABLE)


@pytest.mark.parametrize("number", [90, 25089])
def test_an_opponent_with_more_actions_is_no_error_and_makes_no_difference(number):
    """What another car pressed is not seen, whatever table its number is from; a shorter one would raise IndexError."""
    rows = pack(random_state(2, seed=0)).astype(np.float32)
    foreign = rows.copy()
    LAYOUT.unpack(foreign).previous_action[1] = number
    seen = observe(rows)[0]
    np.testing.assert_array_equal(observe(foreign)[0], seen)
    np.testing.assert_allclose(jax.jit(observe)(foreign)[0], seen, rtol=1e-5, atol=1e-5)
    bot = load_policy(DUEL)
    np.testing.assert_array_equal(bot.observe(foreign)[0], bot.observe(rows)[0])
    np.testing.assert_array_equal(bot.act(foreign)[0], bot.act(rows)[0])
