"""Start states on walls and the ceiling, and `anywhere`. Written for blue, which attacks +y; see `blocks`."""

import numpy as np

from jaxrl.game.field import BALL_REST_HEIGHT, SIDE_WALL
from jaxrl.game.starts.blocks import (
    UP,
    Ball,
    Car,
    around,
    driving,
    in_goal_mouth,
    on_ceiling,
    on_side_wall,
    resting,
    together,
    tumbling,
    with_others,
)
from jaxrl.game.starts.inside import inside
from jaxrl.game.starts.state import StartState


def wall(rng: np.random.Generator, team_size: int) -> StartState:
    """The ball rolls up a side wall, the car drives on it below: playing the ball off the wall.

    The ball is 700 to 1200 uu up and rolls up at 300 to 900 uu/s; the car is 300 to 500 uu below it and up to 800 uu
    behind, drives at it at 700 to 1500 uu/s and has 20 to 100 boost.
    """
    side, (y, z) = rng.choice([-1, 1]), rng.uniform([-2500, 700], [2500, 1200])
    ball = Ball(
        np.array([side * (SIDE_WALL - BALL_REST_HEIGHT), y, z]),
        np.array([0, rng.uniform(-300, 700), rng.uniform(300, 900)]),
    )
    back, below = rng.uniform([0, 300], [800, min(500, z - 350)])  # lower down is the ramp
    car = on_side_wall(rng, int(side), y - back, z - below, np.arctan2(below, back), rng.uniform(700, 1500))
    return with_others(rng, team_size, ball, [car])


def ceiling(rng: np.random.Generator, team_size: int) -> StartState:
    """Driving on the ceiling, the ball below in the air: falling onto it, the flip at hand.

    The car drives at 700 to 1600 uu/s and has 20 to 100 boost; the ball is 600 to 1200 uu up, 300 to 1200 uu ahead.
    """
    place, yaw = rng.uniform([-2300, -3000], [2300, 2000]), rng.uniform(0.1 * np.pi, 0.9 * np.pi)
    car = on_ceiling(rng, *place, yaw, rng.uniform(700, 1600))
    ahead = place + rng.uniform(300, 1200) * np.array([np.cos(yaw), np.sin(yaw)])
    ball = Ball(np.array([*ahead, rng.uniform(600, 1200)]), 0.6 * car.velocity + rng.uniform(0, 300) * UP)
    return with_others(rng, team_size, ball, [car])


def anywhere(rng: np.random.Generator, team_size: int) -> StartState:
    """Everything as it may come: each car drives, flies, tumbles, lies on its roof or is on a wall or the ceiling.

    The ball rests, rolls, bounces, is high, rolls up a wall, is at a goal line or falls on a car. A third of the cars
    have less than 10 boost.
    """
    while True:
        ball = BALLS[rng.integers(len(BALLS))](rng)
        cars = [CARS[rng.integers(len(CARS))](rng) for _ in range(2 * team_size)]
        cars = [car._replace(boost=rng.uniform(0, 10)) if rng.random() < 1 / 3 else car for car in cars]
        if rng.random() < 0.2:  # onto a car
            over = cars[rng.integers(len(cars))].position
            ball = Ball(
                over * [1, 1, 0] + [0, 0, min(over[2] + rng.uniform(300, 1000), 1900)], np.array([0, 0, -300.0])
            )
        start = together(ball, cars)
        if inside(start) is None:
            return start


def _rolling(rng: np.random.Generator) -> Ball:
    speed = rng.choice([0.0, 1.0]) * rng.uniform(-1500, 1500, 2)
    return resting(*rng.uniform([-3000, -4000], [3000, 4000]))._replace(velocity=np.array([*speed, 0]))


def _flying(rng: np.random.Generator) -> Ball:
    place = rng.uniform([-3000, -4000, 150], [3000, 4000, 1900])
    return Ball(place, rng.uniform([-1500, -1500, -1000], [1500, 1500, 1000]), rng.uniform(-3, 3, 3))


def _up_a_wall(rng: np.random.Generator) -> Ball:
    side = rng.choice([-1, 1])
    place = [side * (SIDE_WALL - BALL_REST_HEIGHT), rng.uniform(-3000, 3000), rng.uniform(400, 1500)]
    return Ball(np.array(place), np.array([0, rng.uniform(-800, 800), rng.uniform(1, 1000)]))


def _at_a_goal_line(rng: np.random.Generator) -> Ball:
    end = rng.choice([-1, 1])
    place = in_goal_mouth(rng, end)
    place[1] = end * rng.uniform(4900, 5120)
    if rng.random() < 0.5:
        place[2] = BALL_REST_HEIGHT
    return Ball(place, np.array([rng.uniform(-500, 500), end * rng.uniform(-800, 200), 0]))


def _on_floor(rng: np.random.Generator) -> Car:
    place = around(rng, np.zeros(2), 0, 4500)
    return driving(*place, rng.uniform(-np.pi, np.pi), rng.uniform(-500, 2000), rng.uniform(0, 100))


def _on_its_roof(rng: np.random.Generator) -> Car:
    car = _on_floor(rng)
    pose = car.yaw_pitch_roll + np.array([0, 0, np.pi])
    return car._replace(position=car.position + 45 * UP, yaw_pitch_roll=pose, velocity=0.3 * car.velocity)


def _level_in_the_air(rng: np.random.Generator) -> Car:
    car = _on_floor(rng)
    height, speed = rng.uniform([100, -300], [1500, 500])
    return car._replace(position=car.position + height * UP, velocity=car.velocity + speed * UP)


def _tumbling(rng: np.random.Generator) -> Car:
    return tumbling(rng, rng.uniform([-3000, -4000, 150], [3000, 4000, 1500]))


def _on_a_wall(rng: np.random.Generator) -> Car:
    y, z, angle = rng.uniform([-3000, 350, -np.pi], [3000, 1600, np.pi])
    return on_side_wall(rng, int(rng.choice([-1, 1])), y, z, angle, rng.uniform(300, 1800))


def _on_the_ceiling(rng: np.random.Generator) -> Car:
    return on_ceiling(
        rng, *rng.uniform([-3000, -4000], [3000, 4000]), rng.uniform(-np.pi, np.pi), rng.uniform(500, 1800)
    )


BALLS = (_rolling, _rolling, _flying, _flying, _up_a_wall, _at_a_goal_line)
CARS = (_on_floor, _on_floor, _on_floor, _on_its_roof, _level_in_the_air, _tumbling, _on_a_wall, _on_the_ceiling)
