"""Start states that tests name in their configs."""

from jaxrl.sim.start_states import near_ball


def shot(rng, team_size):
    """The ball in front of the orange goal, flying in."""
    start = near_ball(rng, team_size)
    start.ball_position[:] = 0, 4700, 200
    start.ball_velocity[:] = 0, 2000, 0
    start.position[:, 1] = -1000
    return start
