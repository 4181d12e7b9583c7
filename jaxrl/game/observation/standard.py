"""What a car sees: 45 + 31 * C numbers (107 in 1v1, 169 in 2v2, 231 in 3v3), the same for both teams.

Layout: ball 9 (position, velocity, angular velocity), own previous action 8, boost pads 34, own car 25, then 31 for
every other car, team mates first. A car's 25: ball minus car position 3 and velocity 3, position, forward, up,
velocity, angular velocity 15, boost, on ground, has flip or jump, demolished. The 6 more of another car: its position
and velocity relative to the own car. For an orange car all vectors are turned by 180 degrees about z, and the pads
are in the reverse order, so that every car attacks +y.

Lengths and speeds are divided by 2300, angular velocities by 5.5, boost by 100: the numbers are sane before any
running statistics exist.

Each of these numbers is one number of the state (or of the previous action's controls), or the difference of two, times
a scale: so all cars' observations are one matrix product, which XLA runs in a few microseconds where the same written
as slices and sums of arrays took a hundred.
"""

from functools import lru_cache

import numpy as np

from jaxrl.game.actions import CONTROLS, EVERY_ACTION
from jaxrl.game.field import CAR_MAX_ANGULAR_SPEED, CAR_MAX_SPEED, NUM_PADS
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import Array, State, float32_product, namespace, row_size, unpack

TURN = np.array([-1, -1, 1], np.float32)  # 180 degrees about z

NUM_CONTROLS = len(CONTROLS)

REVERSED_PADS = np.arange(NUM_PADS)[::-1]


def observation_size(num_cars: int) -> int:
    """Numbers in the observation of one car in a match of `num_cars` cars."""
    return 9 + 8 + NUM_PADS + 25 + 31 * (num_cars - 1)


def observe(rows: Array, actions: np.ndarray = EVERY_ACTION) -> Array:
    """Raw states `[..., F]` to the observations of all cars `[..., C, D]`, float32.

    `actions` `[A, 8]` are the first rows of `EVERY_ACTION`, all that previous actions can be.
    """
    xp, previous_action = namespace(rows), unpack(rows).previous_action
    lead, num_cars = rows.shape[:-1], previous_action.shape[-1]
    controls = xp.asarray(actions)[previous_action.astype(np.int32)]
    known = xp.concatenate([LAYOUT.observed_part(rows), controls.reshape(*lead, num_cars * NUM_CONTROLS)], axis=-1)
    signs, scales = linear_map(num_cars)
    return (float32_product(known, signs) * scales).reshape(*lead, num_cars, observation_size(num_cars))


@lru_cache
def linear_map(num_cars: int) -> tuple[np.ndarray, np.ndarray]:
    """The observations of all cars as known @ signs * scales: `[G + 8 * C, C * D]` and `[C * D]` float32.

    What is known are the G numbers of `Layout.observed_part`, and the controls of the previous actions: a row holds as
    much again that bots do not observe, and multiplying it by 0 would take as long.

    Signs are -1, 0 or 1: a product with them rounds no more than the difference of two numbers does.
    """
    size = row_size(num_cars)
    # what the function below makes of unit vectors are the rows of its matrix
    units = np.eye(size + NUM_CONTROLS * num_cars, dtype=np.float32)
    state, controls = unpack(units[:, :size]), units[:, size:].reshape(-1, num_cars, NUM_CONTROLS)
    parts = [part for viewer in range(num_cars) for part in seen_by(state, controls, viewer)]
    signs = np.concatenate([values for values, _ in parts], axis=-1)
    signs = np.concatenate([signs[LAYOUT.observed_part(np.arange(size))], signs[size:]])
    scales = np.concatenate([np.full(values.shape[-1], scale, np.float32) for values, scale in parts])
    return signs, scales


def seen_by(state: State, controls: Array, viewer: int) -> list[tuple[Array, float]]:
    """Parts of the view that car `viewer` has of `state`: values `[..., n]` in the state's units, and their scale.

    `controls` `[..., C, 8]` are those of the previous actions. Linear in both.
    """
    num_cars = state.boost.shape[-1]
    if viewer >= num_cars // 2:
        state = half_turn(state)
    length, spin = 1 / CAR_MAX_SPEED, 1 / CAR_MAX_ANGULAR_SPEED

    parts = [
        (state.ball_position, length),
        (state.ball_velocity, length),
        (state.ball_angular_velocity, spin),
        (controls[..., viewer, :], 1),
        (state.pads, 1),
    ]
    for car in (viewer, *others(viewer, num_cars)):
        position, velocity = state.position[..., car, :], state.velocity[..., car, :]
        parts += [
            (state.ball_position - position, length),
            (state.ball_velocity - velocity, length),
            (position, length),
            (state.forward[..., car, :], 1),
            (state.up[..., car, :], 1),
            (velocity, length),
            (state.angular_velocity[..., car, :], spin),
            (state.boost[..., car, None], 1 / 100),
        ]
        parts += [(flag[..., car, None], 1) for flag in (state.on_ground, state.has_flip_or_jump, state.demoed)]
        if car != viewer:
            parts += [
                (position - state.position[..., viewer, :], length),
                (velocity - state.velocity[..., viewer, :], length),
            ]
    return parts


def half_turn(state: State) -> State:
    """The state turned by 180 degrees about z: as orange sees it, which then attacks +y."""
    values = []
    for field, value in zip(LAYOUT.fields, state, strict=True):
        turned = value * TURN if field.kind in ("vector", "axis") else value
        values.append(value[..., REVERSED_PADS] if field.kind == "pads" else turned)
    return State(*values)


def others(viewer: int, num_cars: int) -> list[int]:
    """Indices of the other cars, team mates first, each team in the order of its cars."""
    half = num_cars // 2
    blue, orange = range(half), range(half, num_cars)
    mates, opponents = (blue, orange) if viewer < half else (orange, blue)
    return [car for car in (*mates, *opponents) if car != viewer]
