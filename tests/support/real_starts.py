"""Start states that tests name in their configs."""

import numpy as np

from jaxrl.game.starts.basic import near_ball


def shot(rng, team_size):
    """The ball in front of the orange goal, flying in."""
    start = near_ball(rng, team_size)
    start.ball_position[:] = 0, 4700, 200
    start.ball_velocity[:] = 0, 2000, 0
    start.position[:, 1] = -1000
    return start


def ball_beside_blue(rng, team_size):
    """A resting ball to the right of blue, which stands still; and, seen from orange, to the left of it."""
    start = near_ball(rng, team_size)
    start.ball_position[:] = 0, 0, 93.15
    start.ball_velocity[:] = start.ball_angular_velocity[:] = 0
    start.position[:] = (-1500, -1500, 17), (-1500, 1500, 17)
    start.yaw_pitch_roll[:] = (0.5 * np.pi, 0, 0), (-0.5 * np.pi, 0, 0)
    start.velocity[:] = start.angular_velocity[:] = 0
    start.boost[:] = 100
    return start
