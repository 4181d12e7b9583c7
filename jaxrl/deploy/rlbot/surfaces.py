"""What a car touches, from where it is: RLBot says neither which wheels touch something, nor whether the body does.

The field without its goals is convex: what faces its inside are the flat parts and the facets of the ramps between
them. Posts and the inside of the goals (but their floor) are left out. All cars are taken for Octanes, as in training.
"""

import numpy as np

from jaxrl.game.field import BACK_WALL, CORNER, GOAL_SIDE, GOAL_TOP, SIDE_WALL, TICKS_PER_SECOND, right_of

CEILING = 2048.0  # uu, where RocketSim has it: a little above `CEILING_Z`
# directions of the eight facets of a ramp, from the floor's to the wall's
FACETS = np.radians([5.77, 17.265, 28.51, 39.53, 50.47, 61.49, 72.735, 84.23])


def _walls() -> list[tuple[np.ndarray, float, float, float]]:
    """Of each wall: where it faces, its distance from the middle, radius and depth of the ramp below it, in uu."""
    up_down = [(np.array([0.0, y, 0.0]), BACK_WALL, 159.9, 159.0) for y in (1, -1)]
    aside = [(np.array([x, 0.0, 0.0]), SIDE_WALL, 255.8, 254.5) for x in (1, -1)]
    corners = [(np.array([x, y, 0.0]) * 0.5**0.5, CORNER * 0.5**0.5, 255.8, 254.5) for x in (1, -1) for y in (1, -1)]
    return up_down + aside + corners


def _field() -> tuple[np.ndarray, np.ndarray]:
    """(normals `[P, 3]`, distances `[P]`): all that faces the inside; a place is `normal @ place + distance` before it.

    A ramp is part of a regular polygon: its facets are equally far, `depth`, from a center that lies inside.
    """
    up = np.array([0.0, 0.0, 1.0])
    planes = [(up, 0.0), (-up, CEILING)]
    for wall, away, radius, depth in _walls():
        planes.append((wall, away))
        for vertical, low, size, deep in ((up, 0.0, radius, depth), (-up, -CEILING, 511.5, 508.9)):
            center = -wall * (away - size) + vertical * (low + size)
            for angle in FACETS:
                normal = np.sin(angle) * wall + np.cos(angle) * vertical
                planes.append((normal, deep - normal @ center))
    # the round edges between the walls: center x and y, depth, and the directions of the facets from y to x
    edges = (
        (3221.4, 3608.4, 872.35, [47.87, 53.73, 59.69, 65.63, 71.47, 77.11, 82.49, 87.58]),
        (2587.5, 4250.5, 866.5, [42.14, 36.27, 30.33, 24.4, 18.57, 12.93, 7.54]),
    )
    for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        for center_x, center_y, deep, degrees in edges:
            for angle in np.radians(degrees):
                normal = -np.array([x * np.sin(angle), y * np.cos(angle), 0.0])
                planes.append((normal, deep - normal @ [x * center_x, y * center_y, 0.0]))
    normals, distances = zip(*planes, strict=True)
    return np.array(normals), np.array(distances)


NORMALS, DISTANCES = _field()
ENDS = np.abs(NORMALS[:, 1]) > 0.01  # planes that are not there at a goal
BACK_RAMPS = ENDS & (NORMALS[:, 0] == 0) & (NORMALS[:, 2] > 0)
RAMPS_FROM = 1050.0  # uu from the middle of a goal to where the ramp below the back wall has its shape

# An Octane in its own frame (ahead, right, up), uu: the box that hits things, and where its wheels hang
HALF_SIZE = np.array([120.507, 86.6994, 38.6591]) / 2
OFFSET = np.array([13.8757, 0.0, 20.755])
WHEELS = np.array([[51.25, -25.9, 20.755], [51.25, 25.9, 20.755], [-33.75, -29.5, 20.755], [-33.75, 29.5, 20.755]])
REACH = np.array([48.755, 48.755, 49.555, 49.555])  # of a wheel on its spring, along the car's down
CORNERS = OFFSET + HALF_SIZE * np.array([[x, y, z] for x in (1, -1) for y in (1, -1) for z in (1, -1)])
# uu at which RocketSim takes the body for touching: floor, ceiling and side walls are planes there, the rest a mesh
TOUCHING = np.where((np.abs(NORMALS[:, ::2]) > 0.999).any(axis=1), 1.93, 1.1)


def wheels_in_contact(position: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Which wheels of cars reach the field, `[C, 4]` bool in the row's order.

    `position` `[C, 3]` uu; `axes` `[C, 3, 3]`: ahead, right, up.
    """
    places = position[:, None] + WHEELS @ axes  # [C, 4, 3]
    heights = _heights(places)  # [C, 4, P]
    lean = axes[:, None, 2] @ NORMALS.T  # [C, 1, P]: how far the car's down points at the plane
    reached = (lean > 0) & (heights >= 0) & (heights <= REACH[:, None] * lean)
    return np.any(reached, axis=-1)


def surface_normals(position: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """The normal of what the body of each car touches, `[C, 3]`; 0 where there is none."""
    places = position[:, None] + CORNERS @ axes  # [C, 8, 3]
    lowest = _heights(places).min(axis=1)  # [C, P]
    nearest = (lowest - TOUCHING).argmin(axis=1)
    return NORMALS[nearest] * ((lowest - TOUCHING).min(axis=1) < 0)[:, None]


def a_tick_ago(
    position: np.ndarray, axes: np.ndarray, velocity: np.ndarray, spin: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Position and axes of cars one tick earlier: what touches is found out before anything moves.

    `velocity` `[C, 3]` uu/s and `spin` `[C, 3]` rad/s are those at the end of the tick.
    """
    angle = np.linalg.norm(spin, axis=-1, keepdims=True)
    about = spin / np.maximum(angle, 1e-9)
    turn = -angle / TICKS_PER_SECOND  # [C, 1]
    turned = axes * np.cos(turn)[:, None] + np.cross(about[:, None], axes) * np.sin(turn)[:, None]
    turned += about[:, None] * (axes @ about[..., None]) * (1 - np.cos(turn))[:, None]
    return position - velocity / TICKS_PER_SECOND, turned


def axes_of(forward: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Ahead, right and up of cars, `[C, 3, 3]`, from `forward` and `up` `[C, 3]`."""
    return np.stack([forward, right_of(forward, up), up], axis=1)


def _heights(places: np.ndarray) -> np.ndarray:
    """How far places `[..., 3]` are before every plane, `[..., P]` uu."""
    heights = places @ NORMALS.T + DISTANCES
    aside = np.abs(places[..., 0])
    at_goal = (aside < GOAL_SIDE) & (places[..., 2] < GOAL_TOP)
    away = at_goal[..., None] & ENDS | (aside < RAMPS_FROM)[..., None] & BACK_RAMPS
    return np.where(away, np.inf, heights)
