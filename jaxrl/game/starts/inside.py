"""Whether something of a start state is inside something else, or out of the field: RocketSim would throw it apart.

The field is flat here: floor, ceiling, walls, the corners that are cut, goals. The curved ramps between them are not
known, so a car or the ball behind the surface of a ramp passes.
"""

import numpy as np

from jaxrl.game.field import BACK_WALL, CEILING_Z, CORNER, GOAL_BACK, GOAL_SIDE, GOAL_TOP, SIDE_WALL
from jaxrl.game.starts.rotation import axes
from jaxrl.game.starts.state import StartState

# Octane in RocketSim, uu: half of length, width and height, and the middle of the hitbox in the car's frame
HALF_SIZE = np.array([120.507, 86.699, 38.659]) / 2
MIDDLE = np.array([13.876, 0.0, 20.755])
CORNERS = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]) * HALF_SIZE  # [8, 3]
BALL_RADIUS = 91.25

TOLERANCE = 2.0  # uu that bodies may reach into each other: the physics parts them gently

NEAR = 2 * float(np.linalg.norm(HALF_SIZE) + np.linalg.norm(MIDDLE))  # uu, farther apart no two bodies can meet


def inside(start: StartState) -> str | None:
    """What is inside something or outside of the field, in words; None if nothing is. Demolished cars are nowhere."""
    ball, places = start.ball_position, start.position
    if not _contains(ball[None], BALL_RADIUS).all():
        where = "inside the floor or a wall" if _contains(ball[None]).all() else "outside the field"
        return f"the ball is {where}, at {_place(ball)}"
    present = start.ticks_demolished() == 0
    directions = np.stack(axes(start.yaw_pitch_roll), axis=-1)  # [C, 3, 3], columns: ahead, right, up
    middles = places + directions @ MIDDLE  # [C, 3]
    corners = middles[:, None] + CORNERS @ np.swapaxes(directions, 1, 2)  # [C, 8, 3]
    points = np.concatenate([places[:, None], corners], axis=1)  # [C, 9, 3]
    fits = _contains(points.reshape(-1, 3)).reshape(-1, 9)
    for c in np.flatnonzero(~fits[:, 0] | (present & ~fits.all(axis=1))):
        where = "inside the floor or a wall" if fits[c, 0] else "outside the field"
        return f"car {c} is {where}, at {_place(places[c])}"
    bodies = np.concatenate([places, ball[None]])
    apart = np.linalg.norm(bodies[:, None] - bodies, axis=-1)
    for one, other in np.argwhere(np.triu(apart < NEAR, 1)):
        if other == len(places):
            if present[one] and _gap_to_ball(ball, middles[one], directions[one]) < -TOLERANCE:
                return f"car {one} is inside the ball, at {_place(places[one])}"
        elif present[[one, other]].all() and _overlap(middles[other] - middles[one], *directions[[one, other]]):
            return f"cars {one} and {other} are inside each other, at {_place(places[one])}"
    return None


def _contains(points: np.ndarray, radius: float = 0.0) -> np.ndarray:
    """Whether spheres at `points` `[K, 3]` are within the field: `[K]` bool."""
    room = radius - TOLERANCE
    x, y, z = np.abs(points[:, 0]) + room, np.abs(points[:, 1]) + room, points[:, 2]
    above, beyond = z - room, z + room
    in_goal = (x <= GOAL_SIDE) & (y <= GOAL_BACK) & (beyond <= GOAL_TOP)
    diagonal = np.abs(points[:, 0]) + np.abs(points[:, 1]) + np.sqrt(2) * room
    return (above >= 0) & (
        in_goal | ((x <= SIDE_WALL) & (y <= BACK_WALL) & (diagonal <= CORNER) & (beyond <= CEILING_Z))
    )


def _gap_to_ball(ball: np.ndarray, middle: np.ndarray, directions: np.ndarray) -> float:
    """Distance between the surfaces of the ball and of a hitbox, uu; below 0 where they overlap."""
    offset = (ball - middle) @ directions
    outside = offset - np.clip(offset, -HALF_SIZE, HALF_SIZE)
    return float(np.linalg.norm(outside)) - BALL_RADIUS


def _overlap(offset: np.ndarray, one: np.ndarray, other: np.ndarray) -> bool:
    """Whether hitboxes `offset` `[3]` apart overlap: no axis of either, nor one across two of them, separates them."""
    across = np.cross(one.T[:, None], other.T[None]).reshape(9, 3)
    candidates = np.concatenate([one.T, other.T, across])
    lengths = np.linalg.norm(candidates, axis=1)
    candidates = candidates[lengths > 1e-6] / lengths[lengths > 1e-6, None]
    reach = np.abs(candidates @ one) @ HALF_SIZE + np.abs(candidates @ other) @ HALF_SIZE
    return bool((np.abs(candidates @ offset) < reach - TOLERANCE).all())


def _place(place: np.ndarray) -> str:
    return f"({', '.join(f'{number:g}' for number in place)}) uu"
