"""RocketSim's states of ball and cars from a raw state, for desktop viewers: the inverse of `read_arena`."""

import RocketSim as rs

from jaxrl.game.actions import EVERY_ACTION
from jaxrl.game.field import right_of
from jaxrl.game.state import State
from jaxrl.sim.rocketsim2.physics import make_controls


def ball_state(state: State) -> rs.BallState:
    """The ball's state in one arena. The raw state has no orientation of the ball."""
    ball = rs.BallState()
    ball.pos, ball.vel = rs.Vec(*state.ball_position), rs.Vec(*state.ball_velocity)
    ball.ang_vel = rs.Vec(*state.ball_angular_velocity)
    return ball


def car_states(state: State) -> list[rs.CarState]:
    """States of the C cars of one arena, blue first. Timers of jumps and flips are not in the raw state."""
    cars = []
    for c, boost in enumerate(state.boost):
        car = rs.CarState()
        car.pos, car.vel = rs.Vec(*state.position[c]), rs.Vec(*state.velocity[c])
        car.ang_vel = rs.Vec(*state.angular_velocity[c])
        right = right_of(state.forward[c], state.up[c])
        car.rot_mat = rs.RotMat(*state.forward[c], *right, *state.up[c])
        car.boost, car.is_on_ground, car.is_demoed = float(boost), bool(state.on_ground[c]), bool(state.demoed[c])
        car.last_controls = make_controls(EVERY_ACTION[int(state.previous_action[c])])
        car.time_spent_boosting = float(car.last_controls.boost and boost > 0)
        cars.append(car)
    return cars


def octane() -> rs.CarConfig:
    """The car body that all arenas use."""
    return rs.CarConfig(rs.CarConfig.OCTANE)
