"""Start states for tests of what actions do: anything may be anywhere, alike in two arenas next to each other."""

import numpy as np

from jaxrl.game.field import PAD_PLACES
from jaxrl.game.starts.check import mistake_in
from jaxrl.game.starts.state import StartState


def anywhere(rng: np.random.Generator, team_size: int) -> StartState:
    """Start anywhere: cars drive, fly, lie on their roofs, meet balls, walls and each other."""
    seed, stream, arena, episode, *_ = rng.bit_generator.seed_seq.entropy  # the key of jaxrl.sim.episodes
    rng = np.random.default_rng((seed, stream, arena // 2, episode))
    while True:
        start = scene(rng, 2 * team_size)
        if mistake_in(start, 2 * team_size) is None:
            return start


def scene(rng: np.random.Generator, cars: int) -> StartState:
    """A scene that may reach out of the field in a corner."""
    position = rng.uniform((-3900, -4900, 17), (3900, 4900, 17), (cars, 3))
    rotation = np.zeros((cars, 3))
    rotation[:, 0] = rng.uniform(-np.pi, np.pi, cars)
    heading = np.stack([np.cos(rotation[:, 0]), np.sin(rotation[:, 0]), np.zeros(cars)], axis=-1)
    velocity = heading * rng.choice([0, 1], (cars, 1)) * rng.uniform(-1000, 2300, (cars, 1))
    spin = np.zeros((cars, 3))
    for car in range(cars):
        kind = rng.integers(6)
        if kind == 0:  # on a boost pad, or near one
            position[car, :2] = np.array(PAD_PLACES[rng.integers(len(PAD_PLACES))]) * 0.98 + rng.normal(0, 200, 2)
        if kind >= 3:  # in the air
            top = 400 if kind == 3 else 1950
            position[car, 2] = rng.uniform(40, top)
            rotation[car, 1:] = rng.uniform((-1.5, -np.pi), (1.5, np.pi))
            velocity[car] = rng.normal(0, 800, 3)
            spin[car] = rng.normal(0, 2, 3)
        if kind == 5:  # on the roof
            position[car, 2], rotation[car, 1:], velocity[car], spin[car] = 45, (0, np.pi), velocity[car] * 0.1, 0
    if rng.random() < 0.1:  # about to demolish
        position[0, :2], position[0, 2] = position[0, :2] * 0.5, 17
        rotation[:, 1:], spin[:] = 0, 0
        position[-1], rotation[-1, 0] = position[0] - 300 * heading[0], rotation[0, 0]
        velocity[0], velocity[-1] = 0, 2250 * heading[0]
    ball = rng.uniform((-3900, -4900, 93), (3900, 4900, 1900))
    if rng.random() < 0.5:
        near = position[rng.integers(cars)] + rng.normal(0, 400, 3)
        ball = np.clip(near, (-3900, -4900, 93), (3900, 4900, 1900))
    return StartState(
        ball_position=ball,
        ball_velocity=rng.normal(0, 1000, 3) * rng.integers(2) + 1,
        ball_angular_velocity=rng.normal(0, 2, 3),
        position=np.clip(position, (-3950, -4950, 17), (3950, 4950, 1950)),
        yaw_pitch_roll=rotation,
        velocity=velocity * np.minimum(1, 2250 / np.maximum(1, np.linalg.norm(velocity, axis=-1, keepdims=True))),
        angular_velocity=spin,
        boost=rng.choice([0, 0, 5, 50], cars).astype(float),
    )
