"""Start states on the floor. Written for blue, which attacks +y; see `blocks`."""

import numpy as np

from jaxrl.game.starts.blocks import APART, Ball, around, driving, facing, resting, together, with_others
from jaxrl.game.starts.state import RESPAWN_TICKS, StartState


def kickoff_like(rng: np.random.Generator, team_size: int) -> StartState:
    """As a kickoff, but from anywhere: the ball at rest in the center, both teams as near to it and as ready.

    Cars stand 1500 to 4000 uu away in their own half, look at the ball within 0.3 rad (standard deviation) and have one
    boost, 0 to 50; orange stands as blue, turned by 180 degrees. Being first at the ball is worth as much as in a
    kickoff, and no sequence can be learnt by heart.
    """
    boost, blue = rng.uniform(0, 50), []
    while len(blue) < team_size:
        place = around(rng, np.zeros(2), 1500, 4000)
        place[1] = -abs(place[1])
        if place[1] < -500 and all(np.linalg.norm(place - car.position[:2]) > APART for car in blue):
            blue.append(driving(*place, facing(rng, place, np.zeros(2)), boost=boost))
    orange = [driving(-car.position[0], -car.position[1], car.yaw_pitch_roll[0] + np.pi, boost=boost) for car in blue]
    return together(resting(0, 0), blue + orange)


def half_flip(rng: np.random.Generator, team_size: int) -> StartState:
    """Facing away from a ball that rolls slowly 800 to 3000 uu behind, with little boost: turning round quickly.

    The car looks away within 0.4 rad, stands or rolls backwards at up to 600 uu/s, and has 0 to 20 boost.
    """
    ball = rng.uniform([-2000, -2500], [2000, 2500])
    place = around(rng, ball, 800, 3000)
    yaw = np.arctan2(place[1] - ball[1], place[0] - ball[0]) + rng.uniform(-0.4, 0.4)
    car = driving(*place, yaw, -rng.uniform(0, 600), rng.uniform(0, 20))
    return with_others(rng, team_size, resting(*ball)._replace(velocity=np.array([*rng.normal(0, 200, 2), 0])), [car])


def dribble(rng: np.random.Generator, team_size: int) -> StartState:
    """The ball on the roof, car and ball as fast as one another: carrying it, flicking it.

    300 to 1300 uu/s, the ball up to 15 uu off the middle of the roof, sinking onto it by up to 15 uu; 20 to 100 boost.
    """
    place, yaw = rng.uniform([-2500, -3500], [2500, 2000]), rng.uniform(0, np.pi)
    car = driving(*place, yaw, rng.uniform(300, 1300), rng.uniform(20, 100))
    ahead = np.array([np.cos(yaw), np.sin(yaw), 0])
    middle = car.position + 13.9 * ahead  # of the hitbox, whose roof is 57 uu over the floor
    ball = middle + rng.uniform([-15, -15, 133], [15, 15, 148])
    return with_others(rng, team_size, Ball(ball, car.velocity), [car])


def demolished(rng: np.random.Generator, team_size: int) -> StartState:
    """One opponent is demolished, and back in 1 to 359 ticks: using the time; for that team, defending with one less.

    The ball rolls at up to 1000 uu/s, the first car is 500 to 2000 uu from it and looks at it.
    """
    ball = Ball(
        np.array([*rng.uniform([-2500, -3000], [2500, 3000]), 93.15]), np.array([*rng.uniform(-700, 700, 2), 0])
    )
    place = around(rng, ball.position[:2], 500, 2000)
    car = driving(*place, facing(rng, place, ball.position), rng.uniform(0, 1400), rng.uniform(0, 100))
    where = around(rng, ball.position[:2], 500, 3000)
    wreck = driving(*where, facing(rng, where, ball.position))
    wreck = wreck._replace(respawn_ticks=int(rng.integers(1, RESPAWN_TICKS)))
    return with_others(rng, team_size, ball, [car], [wreck])
