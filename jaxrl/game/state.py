"""The raw state of an arena as one row of float32 numbers, and named views of such rows.

A row is what the simulation writes and a rollout stores. Everything else (observations, rewards, statistics) is
computed from rows, for any leading shape: `[..., F]` with F = 45 + 22 * C for C cars. Cars are ordered blue first,
then orange. All vectors are in the world frame of RocketSim: orange defends +y, z is up.
"""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from jaxrl.game.field import NUM_PADS

Array = Any  # numpy.ndarray or jax.Array: this package is written for both

ARENA_SIZE = 2 + 9 + NUM_PADS

CAR_SIZE = 22

# columns within a car's 22 numbers, after its five vectors; `unpack` gives them names
BOOST, ON_GROUND, HAS_FLIP_OR_JUMP, DEMOED, TICKS_SINCE_CONTACT, DEMOS, PREVIOUS_ACTION = range(15, 22)

LONG_AGO = 2.0**20  # ticks; "no contact yet in this episode", exact in float32 like every count of ticks below 2**24


class State(NamedTuple):
    """Named views of rows `[..., F]`; C cars, float32 throughout."""

    score: Array  # [..., 2] goals of blue and orange since the arena was made; only differences mean something
    ball_position: Array  # [..., 3] uu
    ball_velocity: Array  # [..., 3] uu/s
    ball_angular_velocity: Array  # [..., 3] rad/s
    pads: Array  # [..., 34] 1 where the boost pad is active, in RocketSim's order
    position: Array  # [..., C, 3] uu
    forward: Array  # [..., C, 3] unit vector
    up: Array  # [..., C, 3] unit vector
    velocity: Array  # [..., C, 3] uu/s
    angular_velocity: Array  # [..., C, 3] rad/s
    boost: Array  # [..., C] 0-100
    on_ground: Array  # [..., C] 0 or 1: three wheels or more in contact
    has_flip_or_jump: Array  # [..., C] 0 or 1
    demoed: Array  # [..., C] 0 or 1
    ticks_since_contact: Array  # [..., C] ticks since this car last touched the ball, 0 = in the last decision
    demos: Array  # [..., C] demolitions inflicted since the arena was made; only differences mean something
    previous_action: Array  # [..., C] index into the action table, neutral (8) after a reset


def row_size(num_cars: int) -> int:
    """Numbers in the row of an arena with `num_cars` cars."""
    return ARENA_SIZE + CAR_SIZE * num_cars


def namespace(array: Array) -> ModuleType:
    """numpy for numpy arrays, jax.numpy for JAX arrays and tracers, without importing JAX."""
    return np if isinstance(array, np.ndarray | np.generic) else array.__array_namespace__()


def float32_product(a: Array, b: np.ndarray) -> Array:
    """`a @ b` in full float32 whatever the precision of the network's products is: for states and probabilities."""
    return a @ b if namespace(a) is np else namespace(a).matmul(a, b, precision="highest")


def unpack(rows: Array) -> State:
    """Rows `[..., F]` as named fields (views under numpy)."""
    num_cars = (rows.shape[-1] - ARENA_SIZE) // CAR_SIZE
    cars = rows[..., ARENA_SIZE:].reshape(*rows.shape[:-1], num_cars, CAR_SIZE)
    return State(
        score=rows[..., 0:2],
        ball_position=rows[..., 2:5],
        ball_velocity=rows[..., 5:8],
        ball_angular_velocity=rows[..., 8:11],
        pads=rows[..., 11:45],
        position=cars[..., 0:3],
        forward=cars[..., 3:6],
        up=cars[..., 6:9],
        velocity=cars[..., 9:12],
        angular_velocity=cars[..., 12:15],
        boost=cars[..., BOOST],
        on_ground=cars[..., ON_GROUND],
        has_flip_or_jump=cars[..., HAS_FLIP_OR_JUMP],
        demoed=cars[..., DEMOED],
        ticks_since_contact=cars[..., TICKS_SINCE_CONTACT],
        demos=cars[..., DEMOS],
        previous_action=cars[..., PREVIOUS_ACTION],
    )


def pack(state: State) -> np.ndarray:
    """The inverse of `unpack`, for numpy: rows `[..., F]` float32."""
    lead = np.shape(state.position)[:-2]
    arena = [np.asarray(field) for field in state[:5]]
    cars = np.concatenate([f if np.ndim(f) > len(lead) + 1 else np.asarray(f)[..., None] for f in state[5:]], axis=-1)
    return np.concatenate([*arena, cars.reshape(*lead, -1)], axis=-1).astype(np.float32)


def team_signs(num_cars: int) -> np.ndarray:
    """`[C]` float32: +1 for blue cars, -1 for orange ones (the direction along y in which a car attacks)."""
    signs = np.ones(num_cars, np.float32)
    signs[num_cars // 2 :] = -1
    return signs
