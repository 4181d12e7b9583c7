"""The field is the same left and right: every car may see itself driving with the ball on its right.

A car that has the ball on its left sees the world reflected in the plane x = 0, and what it then chooses to do is
reflected back. So the policy learns half of the situations, and what it learns on one side holds on the other. Exact:
policy and value are symmetric by construction, for no extra arithmetic in the network.
"""

import numpy as np

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.field import PAD_PLACES
from jaxrl.game.observation.car_frame import OTHER_SIZE, OWN_SIZE, car_frame_size
from jaxrl.game.state import Array, namespace, unpack

# How numbers change in the mirror. A vector's x changes its sign; of a rotation axis it is the two others.
VECTOR, AXIS, SAME = [-1, 1, 1], [1, -1, -1], [1]

CONTROLS = [1, -1, 1, -1, -1, 1, 1, 1]  # throttle, steer, pitch, yaw, roll, jump, boost, handbrake

CAR = [*VECTOR * 2, *VECTOR * 4, *AXIS, *SAME * 4]

# in a car's own frame it is the second number, to the right, that changes
SIDE, SPIN = [1, -1, 1], [-1, 1, -1]

STRAIGHT_AHEAD = 0.02  # uu to the left

PADS = np.array([PAD_PLACES.index((-x, y)) for x, y in PAD_PLACES])  # where each pad is in the mirror

FIRST_PAD = 9 + len(CONTROLS)


def _mirrored_actions() -> np.ndarray:
    """`[90]`: the action that does in the mirror what each action does."""
    mirrored = ACTION_TABLE * np.array(CONTROLS, np.float32)
    return (mirrored[:, None, :] == ACTION_TABLE).all(-1).argmax(axis=1).astype(np.int32)


MIRRORED_ACTIONS = _mirrored_actions()


def observation_signs(num_cars: int) -> np.ndarray:
    """`[D]` float32: the sign that each number of the standard observation gets in the mirror."""
    before_pads = [*VECTOR * 2, *AXIS, *CONTROLS]
    others = [*CAR, *VECTOR * 2] * (num_cars - 1)
    return np.array([*before_pads, *SAME * len(PADS), *CAR, *others], np.float32)


def car_frame_signs(num_cars: int) -> np.ndarray:
    """`[23 + 6 * (C - 1)]` float32: the same for what a car sees in its own frame."""
    own = [*SIDE * 4, *SPIN, *SIDE * 2, *SAME * 2]
    signs = np.array([*own, *SIDE * 2 * (num_cars - 1)], np.float32)
    assert (len(own), 2 * len(SIDE), signs.size) == (OWN_SIZE, OTHER_SIZE, car_frame_size(num_cars))
    return signs


def ball_on_left(rows: Array) -> Array:
    """`[..., C]` bool: which cars of raw states `[..., F]` have the ball on their left, seen from above.

    Straight ahead, as at many a kickoff, is not left: the last bits, which differ in the game, must not decide.
    """
    state = unpack(rows)
    offset, forward = state.ball_position[..., None, :] - state.position, state.forward
    return offset[..., 1] * forward[..., 0] + STRAIGHT_AHEAD < offset[..., 0] * forward[..., 1]


def mirror_observation(obs: Array, num_cars: int) -> Array:
    """Standard observations `[..., D]` as seen in the mirror."""
    xp, last = namespace(obs), FIRST_PAD + len(PADS)
    turned = obs * xp.asarray(observation_signs(num_cars))
    return xp.concatenate([turned[..., :FIRST_PAD], obs[..., FIRST_PAD:last][..., PADS], turned[..., last:]], axis=-1)


def mirror_actions(rows: Array, actions: Array) -> Array:
    """Actions `[..., C]` int32 from the world into what each car sees of it in states `[..., F]`, and back again."""
    xp = namespace(actions)
    return xp.where(ball_on_left(rows), xp.asarray(MIRRORED_ACTIONS)[actions], actions)
