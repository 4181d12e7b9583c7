"""Building blocks of start states: a ball and cars one by one, put together. In uu, uu/s and rad.

Start states are written for blue, which attacks +y, and the car that they are about is the first one;
`environment.augment_starts` makes it any car of either team.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxrl.game.field import BACK_WALL, BALL_REST_HEIGHT, CAR_MAX_ANGULAR_SPEED, CEILING_Z, GOAL_TOP, SIDE_WALL
from jaxrl.game.starts.rotation import angles, axes, towards
from jaxrl.game.starts.state import StartState

CAR_REST_HEIGHT = 17.0  # of a car's position over the surface that it stands on

FLOOR = np.array([3300.0, 4300.0])  # half the area for cars on the floor: behind the ramps of a corner none gets out
APART = 300.0  # between cars seen from above, and between a car and the ball
GRAVITY = 650.0  # uu/s^2

UP = np.array([0.0, 0.0, 1.0])
NOTHING = np.zeros(3)


class Ball(NamedTuple):
    """The ball; all `[3]`."""

    position: np.ndarray
    velocity: np.ndarray = UP  # one that is exactly at rest in the air would float
    spin: np.ndarray = NOTHING


class Car(NamedTuple):
    """One car; all `[3]` but boost (0 to 100), and what may be left out of a `StartState`."""

    position: np.ndarray
    yaw_pitch_roll: np.ndarray
    velocity: np.ndarray = NOTHING
    spin: np.ndarray = NOTHING
    boost: float = 100 / 3
    flip_seconds: float = np.inf
    respawn_ticks: int = 0


def together(ball: Ball, cars: Sequence[Car]) -> StartState:
    """A start state of the ball and all cars, blue first."""
    position, pose, velocity, spin, boost, flips, respawns = (
        np.array(parts, float) for parts in zip(*cars, strict=True)
    )
    ball = Ball(*(np.array(part, float) for part in ball))
    return StartState(*ball, position, pose, velocity, spin, boost, flips, respawns)


def driving(x: float, y: float, yaw: float, speed: float = 0.0, boost: float = 100 / 3) -> Car:
    """A car on the floor that drives where it looks."""
    heading = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    return Car(np.array([x, y, CAR_REST_HEIGHT]), np.array([yaw, 0.0, 0.0]), speed * heading, boost=boost)


def on_surface(point: np.ndarray, normal: np.ndarray, direction: np.ndarray, speed: float, boost: float) -> Car:
    """A car with its wheels on a wall or the ceiling at `point`, driving along `direction` (square to `normal`)."""
    return Car(point + CAR_REST_HEIGHT * normal, angles(direction, normal), speed * direction, boost=boost)


def on_side_wall(rng: np.random.Generator, side: int, y: float, z: float, angle: float, speed: float) -> Car:
    """A car on the wall at x = `side` * 4096; `angle` 0 drives towards +y, pi/2 upwards."""
    direction = np.array([0.0, np.cos(angle), np.sin(angle)])
    return on_surface(
        np.array([side * SIDE_WALL, y, z]), np.array([-side, 0.0, 0.0]), direction, speed, rng.uniform(20, 100)
    )


def on_ceiling(rng: np.random.Generator, x: float, y: float, yaw: float, speed: float) -> Car:
    """A car on the ceiling."""
    return on_surface(
        np.array([x, y, CEILING_Z]), -UP, np.array([np.cos(yaw), np.sin(yaw), 0.0]), speed, rng.uniform(20, 100)
    )


def tumbling(rng: np.random.Generator, position: np.ndarray, upright: float = 1.0) -> Car:
    """A car in the air, turned anyhow and spinning; its roof points up by `upright` (1: anyhow, 0: not at all) at most.

    Half of them have used their flip.
    """
    while True:
        pose = np.array([rng.uniform(-np.pi, np.pi), np.arcsin(rng.uniform(-1, 1)), rng.uniform(-np.pi, np.pi)])
        if axes(pose)[2][2] <= upright:
            break
    spin = rng.uniform(-1, 1, 3) * CAR_MAX_ANGULAR_SPEED / np.sqrt(3)
    velocity = np.array([*rng.uniform(-1000, 1000, 2), rng.uniform(-500, 500)])
    return Car(position, pose, velocity, spin, rng.uniform(0, 100), rng.choice([0.0, np.inf]))


def resting(x: float, y: float) -> Ball:
    """A ball that lies on the floor."""
    return Ball(np.array([x, y, BALL_REST_HEIGHT]), NOTHING)


def thrown(position: np.ndarray, target: np.ndarray, seconds: float) -> Ball:
    """A ball that flies to `target` and is there in `seconds`, but for the drag of the air (3% a second)."""
    velocity = (target - position) / seconds + 0.5 * GRAVITY * seconds * UP
    return Ball(position, velocity)


def in_goal_mouth(rng: np.random.Generator, end: int) -> np.ndarray:
    """A place `[3]` for the ball in the mouth of the goal at y = `end` * 5120, clear of its posts."""
    return np.array([rng.uniform(-700, 700), end * (BACK_WALL + 100), rng.uniform(150, GOAL_TOP - 150)])


def around(rng: np.random.Generator, center: np.ndarray, near: float, far: float) -> np.ndarray:
    """A place `[2]` on the floor between `near` and `far` from `center` `[2]`."""
    while True:
        angle = rng.uniform(-np.pi, np.pi)
        place = center + rng.uniform(near, far) * np.array([np.cos(angle), np.sin(angle)])
        if (np.abs(place) < FLOOR).all():
            return place


def facing(rng: np.random.Generator, place: np.ndarray, target: np.ndarray, spread: float = 0.3) -> float:
    """The yaw from `place` to `target` (x and y), off by `spread` (standard deviation)."""
    return float(np.arctan2(target[1] - place[1], target[0] - place[0]) + rng.normal(0, spread))


def with_others(
    rng: np.random.Generator, team_size: int, ball: Ball, blue: Sequence[Car], orange: Sequence[Car] = ()
) -> StartState:
    """A start state of the cars given, and of others where players may be who are not at the ball.

    They drive on the floor, 1000 to 3500 uu from the ball, most of them between it and their own goal, and look at it.
    """
    cars: dict[int, list[Car]] = {
        -1: list(blue[:team_size]),
        1: list(orange[:team_size]),
    }  # by the end of their own goal
    for end, team in cars.items():
        while len(team) < team_size:
            place = around(rng, np.clip(ball.position[:2], -FLOOR, FLOOR), 1000, 3500)
            goal_side = (place[1] - ball.position[1]) * end > 0 or abs(ball.position[1]) > 3000
            taken = np.array([car.position[:2] for side in cars.values() for car in side] + [ball.position[:2]])
            if np.linalg.norm(taken - place, axis=1).min() > APART and (goal_side or rng.random() < 0.1):
                yaw = facing(rng, place, ball.position)
                team.append(driving(*place, yaw, rng.uniform(0, 1400), rng.uniform(0, 100)))
    return together(ball, cars[-1] + cars[1])


def looking_at(place: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll `[3]` of a car at `place` `[3]` whose nose points at `target` `[3]`, its roof up."""
    return towards(target - place)
