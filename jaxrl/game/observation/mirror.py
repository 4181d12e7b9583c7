"""The field is the same left and right: every car may see itself driving with the ball on its right.

A car that has the ball on its left sees the world reflected in the plane x = 0, and what it then chooses to do is
reflected back. So the policy learns half of the situations, and what it learns on one side holds on the other. Exact:
policy and value are symmetric by construction, for no extra arithmetic in the network.
"""

from functools import lru_cache

import numpy as np

from jaxrl.game.actions import CONTROL_SIGNS, EVERY_ACTION, number_of
from jaxrl.game.field import PAD_PLACES
from jaxrl.game.layout import LAYOUT, Kind
from jaxrl.game.observation.car_frame import car_frame
from jaxrl.game.observation.standard import linear_map, observation_size
from jaxrl.game.state import Array, State, namespace, pack, unpack

# what the numbers of a field are multiplied by; pads, wheels and actions are permuted
SIGNS: dict[Kind, tuple[int, ...]] = {"vector": (-1, 1, 1), "axis": (1, -1, -1), "local": (1, -1)}

WHEELS = np.array([1, 0, 3, 2])  # where each wheel is in the mirror: left ones are right ones

STRAIGHT_AHEAD = 0.02  # uu to the left

PADS = np.array([PAD_PLACES.index((-x, y)) for x, y in PAD_PLACES])  # where each pad is in the mirror


# for each action by its number, the one that does the same in the mirror; of the standard table they are in it
MIRRORED_ACTIONS = number_of(EVERY_ACTION * np.array([*CONTROL_SIGNS.values()], np.float32))


def mirror_rows(rows: np.ndarray) -> np.ndarray:
    """The mirror image of raw states `[..., F]`, for numpy."""
    return pack(mirror_state(unpack(rows)))


def mirror_state(state: State) -> State:
    """The mirror image of a state."""
    xp, values = namespace(state.boost), []
    for field, value in zip(LAYOUT.fields, state, strict=True):
        if field.kind == "pads":
            values.append(value[..., PADS])
        elif field.kind == "wheels":
            values.append(value[..., WHEELS])
        elif field.kind == "action":
            values.append(xp.asarray(MIRRORED_ACTIONS)[value.astype(np.int32)].astype(np.float32))
        else:
            values.append(value * np.array(SIGNS.get(field.kind, (1,)), np.float32).squeeze())
    return State(*values)


@lru_cache
def observation_signs(num_cars: int) -> np.ndarray:
    """`[D]` float32: the sign that each number of the standard observation gets in the mirror.

    The observation is linear in the row and the controls, and each of its numbers is one of theirs or the difference of
    two of the same kind: the sign is theirs. Pads, which change places, keep their sign.
    """
    ones = np.ones(LAYOUT.row_size(num_cars), np.float32)
    signs = [
        value * np.array(SIGNS.get(field.kind, (1,)), np.float32).squeeze()
        for field, value in zip(LAYOUT.fields, unpack(ones), strict=True)
    ]
    row = LAYOUT.observed_part(pack(LAYOUT.table(*signs)))
    known = np.concatenate([row, np.tile([*CONTROL_SIGNS.values()], num_cars)])
    matrix, _ = linear_map(num_cars)
    source = np.abs(matrix[:, : observation_size(num_cars)]).argmax(axis=0)
    return known[source].astype(np.float32)


@lru_cache
def pad_columns(num_cars: int) -> slice:
    """Entries of the boost pads in the standard observation."""
    matrix, _ = linear_map(num_cars)
    seen = np.flatnonzero(matrix[LAYOUT.columns("pads"), : observation_size(num_cars)].any(axis=0))
    return slice(int(seen[0]), int(seen[-1]) + 1)


@lru_cache
def car_frame_signs(num_cars: int) -> np.ndarray:
    """`[23 + 6 * (C - 1)]` float32: the signs of the car frame, found from one state and its mirror image."""
    rows = np.random.default_rng(0).normal(size=(1, LAYOUT.row_size(num_cars))).astype(np.float32)
    cars = LAYOUT.cars(rows)
    cars[..., LAYOUT.column("previous_action")] = 0
    return np.sign(car_frame(rows) * car_frame(mirror_rows(rows)))[0, 0]


def ball_on_left(rows: Array) -> Array:
    """`[..., C]` bool: which cars of raw states `[..., F]` have the ball on their left, seen from above.

    Straight ahead, as at many kickoffs, is not left: rounding, which differs in the game, must not decide.
    """
    state = unpack(rows)
    offset, forward = state.ball_position[..., None, :] - state.position, state.forward
    return offset[..., 1] * forward[..., 0] + STRAIGHT_AHEAD < offset[..., 0] * forward[..., 1]


def mirror_observation(obs: Array, num_cars: int) -> Array:
    """Standard observations `[..., D]` as seen in the mirror."""
    xp, pads = namespace(obs), pad_columns(num_cars)
    turned = obs * xp.asarray(observation_signs(num_cars))
    return xp.concatenate([turned[..., : pads.start], obs[..., pads][..., PADS], turned[..., pads.stop :]], axis=-1)


def mirror_actions(rows: Array, actions: Array, num_actions: int = len(EVERY_ACTION)) -> Array:
    """Actions `[..., C]` int32 from the world into what each car sees of it in states `[..., F]`, and back again.

    Their numbers are below `num_actions`.
    """
    xp = namespace(actions)
    return xp.where(ball_on_left(rows), xp.asarray(MIRRORED_ACTIONS[:num_actions])[actions], actions)
