"""Where an episode starts. A start state is a function (rng, team_size) -> StartState, or None for a plain kickoff.

A user's own is named in the config as `package.module:function`. `rng` is keyed by (seed, arena, episode): the same
run gives the same episodes for any number of workers.
"""

import numpy as np

from jaxrl.game.field import BALL_REST_HEIGHT
from jaxrl.game.starts.state import StartState

CAR_REST_HEIGHT = 17.0  # uu

FIELD = np.array([3300.0, 4300.0])  # uu, half the area for cars and ball: a car behind the corner ramps never gets out

NEAR_FIELD = np.array([2000.0, 3000.0])  # uu, half the area for a ball that has cars up to 1500 uu around it

APART = 250.0  # uu between cars, and between a car and the ball


def kickoff(rng: np.random.Generator, team_size: int) -> None:
    """A standard kickoff, as RocketSim places it."""
    return None


def random(rng: np.random.Generator, team_size: int) -> StartState:
    """Ball anywhere in the field, moving; cars anywhere on the ground, facing and driving anywhere."""
    num_cars = 2 * team_size
    yaw = rng.uniform(-np.pi, np.pi, num_cars)
    places = _places_apart(rng, num_cars + 1)
    return _start(
        rng,
        ball_position=[*places[0], rng.uniform(BALL_REST_HEIGHT, 1500)],
        ball_velocity=rng.uniform([-1500, -1500, -500], [1500, 1500, 500]),
        position=places[1:],
        yaw=yaw,
        speed=rng.uniform(0, 1800, num_cars),
    )


def near_ball(rng: np.random.Generator, team_size: int) -> StartState:
    """Ball at rest or rolling slowly; every car 300 to 1500 uu from it and roughly facing it."""
    num_cars = 2 * team_size
    ball = rng.uniform(-NEAR_FIELD, NEAR_FIELD)
    # spread round the ball so that no two cars start inside each other
    angle = rng.uniform(-np.pi, np.pi) + 2 * np.pi * (np.arange(num_cars) + rng.uniform(-0.2, 0.2, num_cars)) / num_cars
    offset = rng.uniform(300, 1500, num_cars)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    position = ball + offset
    to_ball = ball - position
    return _start(
        rng,
        ball_position=[*ball, BALL_REST_HEIGHT],
        ball_velocity=[*rng.normal(0, 200, 2), 0],
        position=position,
        yaw=np.arctan2(to_ball[:, 1], to_ball[:, 0]) + rng.normal(0, 0.4, num_cars),
        speed=rng.uniform(0, 1000, num_cars),
    )


def _places_apart(rng: np.random.Generator, count: int) -> np.ndarray:
    """`[count, 2]` places in the field, all at least APART from each other."""
    while True:
        places = rng.uniform(-FIELD, FIELD, (count, 2))
        distances = np.linalg.norm(places[:, None] - places, axis=-1)[np.triu_indices(count, 1)]
        if distances.min() > APART:
            return places


def _start(
    rng: np.random.Generator,
    ball_position: np.ndarray | list[float],
    ball_velocity: np.ndarray | list[float],
    position: np.ndarray,
    yaw: np.ndarray,
    speed: np.ndarray,
) -> StartState:
    """Cars on the ground at `position` [C, 2], driving forwards at `speed` [C]."""
    num_cars = len(yaw)
    zeros = np.zeros(num_cars)
    return StartState(
        ball_position=np.asarray(ball_position),
        ball_velocity=np.asarray(ball_velocity),
        ball_angular_velocity=np.zeros(3),
        position=np.column_stack([position, np.full(num_cars, CAR_REST_HEIGHT)]),
        yaw_pitch_roll=np.stack([yaw, zeros, zeros], axis=-1),
        velocity=np.stack([speed * np.cos(yaw), speed * np.sin(yaw), zeros], axis=-1),
        angular_velocity=np.zeros((num_cars, 3)),
        boost=rng.uniform(0, 100, num_cars),
    )
