"""Which actions are masked, by hand; what RocketSim says of it is in test_masks_in_rocketsim.py."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import rows_of_all_kinds
from support.mirrored import mirrored
from support.states import rows, state

from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.field import NUM_PADS
from jaxrl.game.layout import LAYOUT
from jaxrl.game.masks import (
    DRIVING,
    FLYING,
    GONE,
    MASKED,
    READS,
    UNKNOWN,
    allowed_actions,
    allowed_in,
    class_table,
    classes,
    mask,
)
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS
from jaxrl.game.reads import fields_read
from jaxrl.game.state import pack, unpack
from jaxrl.nets.sampling import sample

TICKS = 9  # 8 of a decision, and a delay of 1
EMPTY, FULL, FLIP = 0, 8, 4  # first class of: no boost, boost; with a jump or flip
# rows of the table by hand: throttle -1, 0, 1; within them 3 ways to steer, of throttle 1 with and without boost; each
# with and without handbrake. Then pitch -1, 0, 1 and in each yaw, roll; without yaw also jumps; each second row boosts.
DRIVE = range(24)
HANDBRAKE = {*range(1, 24, 2)}
DRIVE_BOOST = {14, 15, 18, 19, 22, 23}
# pitch -1: 24..53 = yaw -1 (6), yaw 0 (roll x jump x boost = 12), yaw 1 (6); pitch 0: 48..65, without yaw roll 0 has
# only jumps; pitch 1: 66..89
JUMPS = {*(32, 33), *(36, 37), *(40, 41), *(54, 55), *(56, 57), *(60, 61), *(74, 75), *(78, 79), *(82, 83)}
FLY = {*range(24, 90)} - JUMPS
FLY_BOOST = {action for action in range(24, 90) if action % 2}


def allowed_of(number: int) -> set[int]:
    return {*np.flatnonzero(class_table()[number]).tolist()}


def test_the_hand_written_groups_are_those_of_the_table():
    """The rows, spelled out once more: jumps are the rows with the sixth control, and so on."""
    *_, jump, boost, handbrake = ACTION_TABLE.T
    assert {*np.flatnonzero(jump).tolist()} == JUMPS
    assert {*np.flatnonzero(boost[24:]).tolist()} == {action - 24 for action in FLY_BOOST}
    assert {*np.flatnonzero(boost[:24]).tolist()} == DRIVE_BOOST
    assert {*np.flatnonzero(handbrake[:24]).tolist()} == HANDBRAKE
    assert ACTION_TABLE[24].tolist() == [0, -1, -1, -1, -1, 0, 0, 0]


def test_every_row_in_every_class():
    """All 16 x 90, and action 24 (all turned to one side) stays in the air, where others mask it by mistake."""
    for flip in (0, FLIP):
        assert allowed_of(FULL + flip + UNKNOWN) == {*range(90)}
        assert allowed_of(EMPTY + flip + UNKNOWN) == {*range(90)} - DRIVE_BOOST
        assert allowed_of(FULL + flip + DRIVING) == {*DRIVE} | JUMPS
        assert allowed_of(EMPTY + flip + DRIVING) == {*DRIVE} - DRIVE_BOOST | JUMPS
        for boost in (EMPTY, FULL):
            assert allowed_of(boost + flip + GONE) == {NEUTRAL_ACTION}
    assert allowed_of(FULL + FLYING) == {*DRIVE} - HANDBRAKE | FLY
    assert allowed_of(FULL + FLIP + FLYING) == {*DRIVE} - HANDBRAKE | FLY | JUMPS
    assert allowed_of(EMPTY + FLYING) == ({*DRIVE} - HANDBRAKE | FLY) - DRIVE_BOOST - FLY_BOOST
    assert allowed_of(EMPTY + FLIP + FLYING) == ({*DRIVE} - HANDBRAKE | FLY | JUMPS) - DRIVE_BOOST - FLY_BOOST
    assert all(24 in allowed_of(boost + flip + FLYING) for boost in (EMPTY, FULL) for flip in (0, FLIP))


def test_something_is_always_allowed():
    assert class_table().any(axis=1).all()


def drives(**changes):
    """Blue drives at 1,000 uu/s on the floor, away from everything, with boost; orange stands far away."""
    fields = dict(
        ball_position=np.array([-3000.0, 3000, 93]),
        position=np.array([[1000.0, -2000, 17], [-2000, 3000, 17]]),
        velocity=np.array([[0.0, 1000, 0], [0, 0, 0]]),
        forward=np.array([[0.0, 1, 0], [0, 1, 0]]),
        up=np.array([[0.0, 0, 1], [0, 0, 1]]),
        boost=np.array([50.0, 50]),
        on_ground=np.ones(2),
        has_flip_or_jump=np.ones(2),
        pads=np.ones(NUM_PADS),
        ticks_since_kickoff=np.float64(80),
    )
    return state(2, **fields | {name: np.asarray(value, np.float64) for name, value in changes.items()})


def blue(*numbers):
    """A field of which only blue's value matters."""
    return np.array(numbers)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, FULL + FLIP + DRIVING),
        ({"boost": (0, 50)}, EMPTY + FLIP + DRIVING),
        # ... on a pad (-1024, 0) that is there, that comes back in time, that does not
        ({"boost": (0, 50), "position": [[-1024, 0, 17], [-2000, 3000, 17]]}, FULL + FLIP + DRIVING),
        ({"boost": (0, 50), "position": [[-1024, 0, 17], [-2000, 3000, 17]], "pads": np.zeros(34),
          "pad_seconds": np.full(34, 0.05)}, FULL + FLIP + DRIVING),
        ({"boost": (0, 50), "position": [[-1024, 0, 17], [-2000, 3000, 17]], "pads": np.zeros(34),
          "pad_seconds": np.full(34, 2.0)}, EMPTY + FLIP + DRIVING),
        # what keeps a car from being sure of the floor
        ({"ticks_since_kickoff": 0}, FULL + FLIP + UNKNOWN),
        ({"position": [[3700, -2000, 17], [-2000, 3000, 17]]}, FULL + FLIP + UNKNOWN),
        ({"position": [[0, -4900, 17], [-2000, 3000, 17]]}, FULL + FLIP + UNKNOWN),
        ({"position": [[-3400, -4200, 17], [-2000, 3000, 17]]}, FULL + FLIP + UNKNOWN),
        ({"position": [[1000, -2000, 12], [-2000, 3000, 17]]}, FULL + FLIP + UNKNOWN),
        ({"velocity": [[0, 1000, 100], [0, 0, 0]]}, FULL + FLIP + UNKNOWN),
        ({"angular_velocity": [[1, 0, 0], [0, 0, 0]]}, FULL + FLIP + UNKNOWN),
        ({"angular_velocity": [[0, 0, 3], [0, 0, 0]]}, FULL + FLIP + DRIVING),
        ({"ball_position": [1000, -1750, 93]}, FULL + FLIP + UNKNOWN),
        ({"ball_position": [1000, -1500, 93]}, FULL + FLIP + DRIVING),
        # ... a ball at 6,000 uu/s, one that orange can strike, and orange itself
        ({"ball_position": [1000, -1500, 93], "ball_velocity": [0, 6000, 0]}, FULL + FLIP + UNKNOWN),
        ({"ball_position": [1000, -1500, 93], "position": [[1000, -2000, 17], [1000, -1300, 17]]},
         FULL + FLIP + UNKNOWN),
        ({"position": [[1000, -2000, 17], [1000, -1700, 17]]}, FULL + FLIP + UNKNOWN),
        ({"position": [[1000, -2000, 17], [1000, -1700, 17]], "demoed": (0, 1), "ticks_until_respawn": (0, 200)},
         FULL + FLIP + DRIVING),
        ({"demoed": (0, 1), "ticks_until_respawn": (0, 9)}, FULL + FLIP + UNKNOWN),
        # in the air, high, and too low
        ({"position": [[1000, -2000, 900], [-2000, 3000, 17]], "on_ground": (0, 1)}, FULL + FLIP + FLYING),
        ({"position": [[1000, -2000, 900], [-2000, 3000, 17]], "on_ground": (0, 1), "has_flip_or_jump": (0, 1),
          "boost": (0, 50)}, EMPTY + FLYING),
        ({"position": [[1000, -2000, 150], [-2000, 3000, 17]], "on_ground": (0, 1)}, FULL + FLIP + UNKNOWN),
        ({"position": [[1000, -2000, 1750], [-2000, 3000, 17]], "on_ground": (0, 1)}, FULL + FLIP + UNKNOWN),
        # on the roof: jumps turn it over again, though there is no jump left
        ({"position": [[1000, -2000, 40], [-2000, 3000, 17]], "up": [[0, 0, -1], [0, 0, 1]], "on_ground": (0, 1),
          "has_flip_or_jump": (0, 1), "surface_normal": [[0, 0, 1], [0, 0, 0]]}, FULL + UNKNOWN),
        # demolished, for longer than a decision and not
        ({"demoed": (1, 0), "ticks_until_respawn": (200, 0), "boost": (0, 50)}, FULL + FLIP + GONE),
        ({"demoed": (1, 0), "ticks_until_respawn": (9, 0), "boost": (0, 50)}, FULL + FLIP + UNKNOWN),
    ],
)  # fmt: skip
def test_situations(changes, expected):
    assert classes(drives(**changes), TICKS)[0] == expected


def test_a_longer_decision_is_less_certain():
    """500 uu to the ball are far for 9 ticks at 1,000 uu/s, and near for 60."""
    near = drives(ball_position=[1000, -1500, 93])
    assert classes(near, 9)[0] % 4 == DRIVING
    assert classes(near, 60)[0] % 4 == UNKNOWN


def test_a_mirror_image_has_the_same_mask():
    """So the network, which chooses in the mirror, needs no other: classes are the same, and groups are closed."""
    some = rows_of_all_kinds((500,), 4)
    numbers = classes(unpack(some), TICKS)
    assert len(np.unique(numbers)) > 10
    np.testing.assert_array_equal(numbers, classes(mirrored(unpack(some)), TICKS))
    np.testing.assert_array_equal(class_table(), class_table()[:, MIRRORED_ACTIONS[:90]])


def test_numpy_and_jax_agree():
    some = rows_of_all_kinds((500,), 4)
    found = jax.jit(allowed_actions, static_argnums=1)(jnp.asarray(some), TICKS)
    assert (found.dtype, found.shape) == (jnp.bool_, (500, 4, 90))
    np.testing.assert_array_equal(found, allowed_actions(some, TICKS))


def test_engines_fill_what_masks_read():
    """Beyond what bots observe: the fields that a program that runs an exported model has to fill."""
    read = fields_read([lambda state, next_state, actions: allowed_in(state, TICKS)], 4)
    seen = {field.name for field in LAYOUT.fields if field.seen}
    assert {*READS} == read - seen


def test_rows_of_nothing_are_no_trouble():
    assert allowed_actions(np.zeros((0, LAYOUT.row_size(2)), np.float32), TICKS).shape == (0, 2, 90)
    assert allowed_actions(rows(2), TICKS).any(axis=-1).all()
    assert pack(drives()).shape == (LAYOUT.row_size(2),)


def test_a_masked_action_is_never_drawn():
    """At both ends of the dice, also where the first and last actions are masked and what is left is unlikely."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 10, (4000, 90)).astype(np.float32)
    allowed = rng.random((4000, 90)) < 0.1
    allowed[:, rng.integers(90)] = True
    allowed[:100] = np.arange(90) == 50
    allowed[100:200, [0, 89]] = False
    uniforms = rng.random(4000, np.float32)
    uniforms[::3], uniforms[1::3] = 0, np.nextafter(np.float32(1), np.float32(0))
    for arrays in ((logits, uniforms, allowed), map(jnp.asarray, (logits, uniforms, allowed))):
        drawn = np.asarray(sample(*arrays))
        assert allowed[np.arange(4000), drawn].all()
        assert (drawn[:100] == 50).all()


def test_sampling_from_what_is_allowed_follows_the_probabilities():
    logits = np.broadcast_to(np.array([1.0, 3, 2, 0], np.float32), (20_000, 4))
    allowed = np.array([True, False, True, True])
    drawn = sample(logits, np.random.default_rng(0).random(20_000, np.float32), np.broadcast_to(allowed, (20_000, 4)))
    weights = np.exp([1.0, -np.inf, 2, 0])
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 20_000, weights / weights.sum(), atol=0.01)


def test_no_mask_is_nothing_at_all():
    logits = np.ones((3, 4), np.float32)
    assert mask(logits, None) is logits
    assert mask(logits, np.zeros((3, 4), bool)).max() == MASKED
