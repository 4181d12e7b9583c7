"""Calls into RocketSim: an arena with its cars, controls, start states."""

from typing import cast

import numpy as np
import RocketSim as rs

from jaxrl.errors import SimulationError
from jaxrl.game.starts.state import FLIP_SECONDS, StartState
from jaxrl.sim.meshes import find_collision_meshes

# game modes are ints, contrary to what RocketSim's stub says of parameters
SOCCAR = cast(rs.GameMode, rs.GameMode.SOCCAR)

NEVER_SECONDS = 1e9  # until RocketSim respawns a demolished car, which `demolitions.py` does instead

_rocketsim_started = False


def start_rocketsim() -> None:
    """Load the collision meshes, once per process."""
    global _rocketsim_started
    if not _rocketsim_started:
        try:
            rs.init(str(find_collision_meshes()))
        except RuntimeError as error:
            if "Already inited" not in str(error):  # other code in this process did it
                raise SimulationError(f"RocketSim cannot start: {error}") from error
        _rocketsim_started = True


def make_arena(team_size: int) -> tuple[rs.Arena, list[rs.Car]]:
    """Make an arena of soccar with its cars, blue first."""
    arena = rs.Arena(SOCCAR, config=rs.ArenaConfig(memory_weight_mode=rs.MemoryWeightMode.LIGHT))
    teams = [rs.Team.BLUE] * team_size + [rs.Team.ORANGE] * team_size
    return arena, [arena.add_car(team, rs.CarConfig.OCTANE) for team in teams]


def make_controls(row: np.ndarray) -> rs.CarControls:
    """Make controls from a row of the action table `[8]`."""
    throttle, steer, pitch, yaw, roll, jump, boost, handbrake = (float(x) for x in row)
    # by name: the constructor's order differs from its type stub
    return rs.CarControls(
        throttle, steer, pitch, yaw, roll, jump=bool(jump), boost=bool(boost), handbrake=bool(handbrake)
    )


def kickoff(arena: rs.Arena, cars: list[rs.Car], seed: int) -> None:
    """Put ball and cars where a kickoff has them; everything follows from `seed`.

    RocketSim draws the places by it, but deals them out within a team in the order in which cars lie in memory.
    """
    arena.reset_kickoff(seed)
    if (team_size := len(cars) // 2) == 1:
        return
    order = np.random.default_rng(seed).permutation(team_size).tolist()
    for team, side in ((cars[:team_size], 1), (cars[team_size:], -1)):
        places = sorted((car.get_state() for car in team), key=lambda place: (side * place.pos.y, side * place.pos.x))
        for car, number in zip(team, order, strict=True):
            car.set_state(places[number])


def apply_start(arena: rs.Arena, cars: list[rs.Car], start: StartState) -> None:
    """Set ball and cars to a start state."""
    ball = rs.BallState()
    ball.pos, ball.vel = rs.Vec(*start.ball_position), rs.Vec(*start.ball_velocity)
    ball.ang_vel = rs.Vec(*start.ball_angular_velocity)
    arena.ball.set_state(ball)
    flips, demolished = start.flips_left(), start.ticks_demolished()
    for c, car in enumerate(cars):
        state = rs.CarState()
        state.pos, state.vel = rs.Vec(*start.position[c]), rs.Vec(*start.velocity[c])
        state.ang_vel = rs.Vec(*start.angular_velocity[c])
        state.rot_mat = rs.Angle(*start.yaw_pitch_roll[c]).as_rot_mat()
        state.boost = float(start.boost[c])
        if flips[c] <= FLIP_SECONDS:
            state.is_on_ground, state.has_jumped, state.has_double_jumped = False, True, bool(flips[c] <= 0)
            state.air_time_since_jump = state.jump_time = FLIP_SECONDS - max(float(flips[c]), 0.0)
        if demolished[c] > 0:
            state.is_demoed, state.demo_respawn_timer = True, NEVER_SECONDS
        car.set_state(state)
