"""Start states in the air. Written for blue, which attacks +y; see `blocks`."""

import numpy as np

from jaxrl.game.starts.blocks import (
    Ball,
    Car,
    around,
    driving,
    facing,
    looking_at,
    resting,
    together,
    tumbling,
    with_others,
)
from jaxrl.game.starts.rotation import angles
from jaxrl.game.starts.state import FLIP_SECONDS, StartState


def recovery(rng: np.random.Generator, team_size: int) -> StartState:
    """Every car in the air, tumbling, none upright: landing on the wheels.

    200 to 1000 uu up, roofs at least 60 degrees from upright, spinning at up to 5.5 rad/s, half of them without a flip;
    the ball rolls at up to 500 uu/s.
    """
    places: list[np.ndarray] = []
    while len(places) <= 2 * team_size:
        place = rng.uniform([-2800, -3800], [2800, 3800])
        if all(np.linalg.norm(place - other) > 300 for other in places):
            places.append(place)
    ball = resting(*places[0])._replace(velocity=np.array([*rng.uniform(-350, 350, 2), 0]))
    cars = [tumbling(rng, np.array([*place, rng.uniform(200, 1000)]), upright=0.5) for place in places[1:]]
    return together(ball, cars)


def high_ball(rng: np.random.Generator, team_size: int) -> StartState:
    """The ball 900 to 1800 uu up, moving at up to 800 uu/s, the car below: going up for it, or to where it comes down.

    The car drives 500 to 2500 uu away and looks at it from the floor, with 30 to 100 boost.
    """
    place = rng.uniform([-2500, -3500, 900], [2500, 3500, 1800])
    ball = Ball(place, rng.uniform([-560, -560, -400], [560, 560, 400]))
    below = around(rng, place[:2], 500, 2500)
    car = driving(*below, facing(rng, below, place), rng.uniform(0, 1400), rng.uniform(30, 100))
    return with_others(rng, team_size, ball, [car])


def aerial(rng: np.random.Generator, team_size: int) -> StartState:
    """On the way up to a ball in the air: steering an aerial, hitting the ball.

    The car has jumped, is 150 to 500 uu up, points its nose at the ball within 0.25 rad, flies at it at 300 to 1000
    uu/s and has 50 to 100 boost; the ball is 600 to 1500 uu up and 700 to 1600 uu away.
    """
    while True:
        place = rng.uniform([-2500, -3500, 150], [2500, 3000, 500])
        target = place + rng.uniform([-1200, -600, 300], [1200, 1200, 1300])
        if 700 < np.linalg.norm(target - place) < 1600 and 600 < target[2] < 1500:
            break
    pose = looking_at(place, target) + rng.uniform([-0.25, -0.25, -0.6], [0.25, 0.25, 0.6])
    velocity = rng.uniform(300, 1000) * (target - place) / np.linalg.norm(target - place)
    car = Car(place, pose, velocity, rng.normal(0, 0.3, 3), rng.uniform(50, 100), rng.uniform(0, FLIP_SECONDS))
    ball = Ball(target, rng.uniform([-300, -300, -100], [300, 300, 400]))
    return with_others(rng, team_size, ball, [car])


def air_dribble(rng: np.random.Generator, team_size: int) -> StartState:
    """The ball at the nose of a car that boosts upwards with it: carrying it through the air.

    300 to 1000 uu up, the nose 0.3 to 0.9 rad above the horizon, car and ball at 500 to 1100 uu/s, about 100 uu/s from
    one another, 50 to 100 boost; half of the cars have no flip left.
    """
    place = rng.uniform([-2500, -3000, 300], [2500, 2000, 1000])
    yaw, pitch = rng.uniform(0.15 * np.pi, 0.85 * np.pi), rng.uniform(0.3, 0.9)
    nose = np.array([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)])
    velocity = rng.uniform(500, 1100) * nose
    flip = 0.0 if rng.random() < 0.5 else rng.uniform(0, FLIP_SECONDS)
    car = Car(
        place, np.array([yaw, pitch, rng.normal(0, 0.3)]), velocity, boost=rng.uniform(50, 100), flip_seconds=flip
    )
    ahead = rng.uniform(175, 215)  # a ball that touches the nose is 165 uu before the car's position
    ball = Ball(place + ahead * nose + [*rng.uniform(-20, 20, 2), rng.uniform(10, 50)], velocity + rng.normal(0, 50, 3))
    return with_others(rng, team_size, ball, [car])


def flip_reset(rng: np.random.Generator, team_size: int) -> StartState:
    """Wheels towards the ball in the air, drifting at it, the flip used: getting it back from the ball.

    The car is 500 to 1300 uu up, below the ball or up to 0.5 rad beside it, 40 to 150 uu between wheels and ball, which
    come together at 80 to 250 uu/s; both fly up, at up to 1000 uu/s.
    """
    place = rng.uniform([-2500, -3000, 500], [2500, 2500, 1300])
    nose_yaw, tilt = rng.uniform(0, np.pi), rng.uniform(0, 0.5)
    to_ball = np.array([np.sin(tilt) * np.cos(nose_yaw), np.sin(tilt) * np.sin(nose_yaw), np.cos(tilt)])
    nose = np.array([np.cos(tilt) * np.cos(nose_yaw), np.cos(tilt) * np.sin(nose_yaw), -np.sin(tilt)])
    gap = 91.25 + 17 + rng.uniform(40, 150)
    velocity = rng.uniform([-400, -100, 100], [400, 700, 600])
    closing = rng.uniform(80, 250) * to_ball
    car = Car(place, angles(nose, -to_ball), velocity + closing, boost=rng.uniform(20, 100), flip_seconds=0.0)
    return with_others(rng, team_size, Ball(place + gap * to_ball, velocity), [car])
