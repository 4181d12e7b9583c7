"""What a car sees: 45 + 31 * C numbers (107 in 1v1, 169 in 2v2, 231 in 3v3), the same for both teams.

Layout: ball 9 (position, velocity, angular velocity), own previous action 8, boost pads 34, own car 25, then 31 for
every other car, team mates first. A car's 25: ball minus car position 3 and velocity 3, position, forward, up,
velocity, angular velocity 15, boost, on ground, has flip or jump, demolished. The 6 more of another car: its position
and velocity relative to the own car. For an orange car all vectors are turned by 180 degrees about z, and the pads
are in the reverse order, so that every car attacks +y.

Lengths and speeds are divided by 2300, angular velocities by 5.5, boost by 100: the numbers are sane before any
running statistics exist.
"""

import numpy as np

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.state import CAR_MAX_ANGULAR_SPEED, CAR_MAX_SPEED, NUM_PADS, Array, State, namespace, unpack

TURN = np.array([-1, -1, 1], np.float32)  # 180 degrees about z


def observation_size(num_cars: int) -> int:
    """Numbers in the observation of one car in a match of `num_cars` cars."""
    return 9 + 8 + NUM_PADS + 25 + 31 * (num_cars - 1)


def observe(rows: Array) -> Array:
    """Raw states `[..., F]` to the observations of all cars `[..., C, D]`, float32."""
    state = unpack(rows)
    num_cars = state.boost.shape[-1]
    return namespace(rows).stack([observe_as(state, car) for car in range(num_cars)], axis=-2)


def observe_as(state: State, viewer: int) -> Array:
    """What car `viewer` sees of `state`: `[..., D]`."""
    xp = namespace(state.boost)
    num_cars = state.boost.shape[-1]
    is_orange = viewer >= num_cars // 2
    turn = TURN if is_orange else np.ones(3, np.float32)

    ball_position = state.ball_position * (turn / CAR_MAX_SPEED)
    ball_velocity = state.ball_velocity * (turn / CAR_MAX_SPEED)
    ball_spin = state.ball_angular_velocity * (turn / CAR_MAX_ANGULAR_SPEED)
    pads = state.pads[..., ::-1] if is_orange else state.pads
    previous_action = xp.asarray(ACTION_TABLE)[state.previous_action[..., viewer].astype(np.int32)]
    own_position = state.position[..., viewer, :] * (turn / CAR_MAX_SPEED)
    own_velocity = state.velocity[..., viewer, :] * (turn / CAR_MAX_SPEED)

    parts = [ball_position, ball_velocity, ball_spin, previous_action, pads]
    for car in (viewer, *others(viewer, num_cars)):
        position = state.position[..., car, :] * (turn / CAR_MAX_SPEED)
        velocity = state.velocity[..., car, :] * (turn / CAR_MAX_SPEED)
        status = (state.boost / 100, state.on_ground, state.has_flip_or_jump, state.demoed)
        parts += [
            ball_position - position,
            ball_velocity - velocity,
            position,
            state.forward[..., car, :] * turn,
            state.up[..., car, :] * turn,
            velocity,
            state.angular_velocity[..., car, :] * (turn / CAR_MAX_ANGULAR_SPEED),
            xp.stack([flag[..., car] for flag in status], axis=-1),
        ]
        if car != viewer:
            parts += [position - own_position, velocity - own_velocity]
    return xp.concatenate(parts, axis=-1)


def others(viewer: int, num_cars: int) -> list[int]:
    """Indices of the other cars, team mates first, each team in the order of its cars."""
    half = num_cars // 2
    blue, orange = range(half), range(half, num_cars)
    mates, opponents = (blue, orange) if viewer < half else (orange, blue)
    return [car for car in (*mates, *opponents) if car != viewer]
