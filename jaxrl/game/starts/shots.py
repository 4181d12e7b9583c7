"""Start states at a goal. Written for blue, which attacks +y; see `blocks`."""

import numpy as np

from jaxrl.game.field import BALL_REST_HEIGHT
from jaxrl.game.starts.blocks import APART, Ball, around, driving, facing, in_goal_mouth, thrown, with_others
from jaxrl.game.starts.state import StartState


def shot(rng: np.random.Generator, team_size: int) -> StartState:
    """A ball on its way into the opponents' goal, the car behind it: following up; for the others, coming back to save.

    It flies from 2000 to 4500 uu away and is in the mouth of the goal after 1.2 to 2.2 s; the nearest defender is 600
    to 1500 uu beside it and drives home.
    """
    ball = _thrown_at_goal(rng, 1, far=4500, seconds=(1.2, 2.2))
    place = around(rng, ball.position[:2] - [0, 700], 0, 350)
    car = driving(*place, facing(rng, place, ball.position, 0.2), rng.uniform(500, 1600), rng.uniform(20, 100))
    home = around(rng, ball.position[:2], 600, 1500)
    while np.linalg.norm(home - place) < APART:
        home = around(rng, ball.position[:2], 600, 1500)
    saver = driving(*home, facing(rng, home, np.array([0.0, 5120.0])), rng.uniform(800, 1800), rng.uniform(20, 100))
    return with_others(rng, team_size, ball, [car], [saver])


def goalie(rng: np.random.Generator, team_size: int) -> StartState:
    """In the own goal, and a shot comes: saving it.

    The car stands on the goal line or up to 400 uu before it, looks at the ball within 0.5 rad (standard deviation) and
    has 0 to 100 boost; the ball flies from 2000 to 5000 uu away and would be in the mouth of the goal after 1 to 2.2 s.
    """
    ball = _thrown_at_goal(rng, -1, far=5000, seconds=(1.0, 2.2))
    place = rng.uniform([-650, -5050], [650, -4700])
    car = driving(*place, facing(rng, place, ball.position, 0.5), rng.uniform(0, 500), rng.uniform(0, 100))
    after = around(rng, ball.position[:2], 500, 1500)
    shooter = driving(*after, facing(rng, after, ball.position), rng.uniform(0, 1600), rng.uniform(0, 100))
    return with_others(rng, team_size, ball, [car], [shooter])


def _thrown_at_goal(rng: np.random.Generator, end: int, far: float, seconds: tuple[float, float]) -> Ball:
    """A ball that flies into the goal at y = `end` * 5120 from at least 2000 uu away and at most `far`."""
    while True:
        target = in_goal_mouth(rng, end)
        place = np.array([*rng.uniform([-2800, -1000], [2800, 3300]), rng.uniform(BALL_REST_HEIGHT, 700)])
        place[1] *= end
        if 2000 < np.linalg.norm(target - place) < far:
            return thrown(place, target, rng.uniform(*seconds))
