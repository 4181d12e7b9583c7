"""A start state as another car, team or side would have it: mirrored, turned by 180 degrees, shuffled within a team."""

import numpy as np

from jaxrl.game.starts.state import StartState

MIRROR, TURN = np.array([-1.0, 1.0, 1.0]), np.array([-1.0, -1.0, 1.0])  # of x, y and z
HALF_TURN = np.array([np.pi, 0.0, 0.0])  # of yaw, pitch and roll
BALL = ("ball_position", "ball_velocity", "ball_angular_velocity")
CARS = ("position", "yaw_pitch_roll", "velocity", "angular_velocity", "boost", "flip_seconds", "respawn_ticks")


def augment(rng: np.random.Generator, start: StartState) -> StartState:
    """Mirror it in half of the cases, turn it in half, so that the teams change places, shuffle the cars of a team."""
    if rng.random() < 0.5:
        start = mirrored(start)
    if rng.random() < 0.5:
        start = turned(start)
    half = len(start.boost) // 2
    return with_cars(start, np.concatenate([rng.permutation(half), half + rng.permutation(half)]))


def mirrored(start: StartState) -> StartState:
    """The reflection in the plane x = 0. A spin, being an axis, keeps its x and changes its y and z."""
    yaw, pitch, roll = np.moveaxis(start.yaw_pitch_roll, -1, 0)
    return start._replace(
        ball_position=start.ball_position * MIRROR,
        ball_velocity=start.ball_velocity * MIRROR,
        ball_angular_velocity=start.ball_angular_velocity * -MIRROR,
        position=start.position * MIRROR,
        yaw_pitch_roll=np.stack([np.pi - yaw, pitch, -roll], axis=-1),
        velocity=start.velocity * MIRROR,
        angular_velocity=start.angular_velocity * -MIRROR,
    )


def turned(start: StartState) -> StartState:
    """Turned by 180 degrees about the middle of the field: blue has the place of orange, orange that of blue."""
    turned = {name: getattr(start, name) * TURN for name in (*BALL, "position", "velocity", "angular_velocity")}
    turned["yaw_pitch_roll"] = start.yaw_pitch_roll + HALF_TURN
    half = len(start.boost) // 2
    return with_cars(start._replace(**turned), np.r_[half : 2 * half, :half])


def with_cars(start: StartState, order: np.ndarray) -> StartState:
    """The same with the cars `[C]` in another order."""
    fields = {name: getattr(start, name) for name in CARS}
    return start._replace(**{name: value[order] for name, value in fields.items() if value is not None})
