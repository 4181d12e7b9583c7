"""The soccar field and its limits: lengths in uu, speeds in uu/s, angular speeds in rad/s."""

import numpy as np

from jaxrl.game.arrays import Array, namespace

NUM_PADS = 34
TICKS_PER_SECOND = 120

CAR_MAX_SPEED = 2300.0
BALL_MAX_SPEED = 6000.0
CAR_MAX_ANGULAR_SPEED = 5.5
BALL_REST_HEIGHT = 93.15
BALL_RADIUS = 91.25
GRAVITY = 650.0  # uu/s2
KMH = 250 / 9  # uu/s in a kilometer an hour: the game shows speeds of the ball so
CEILING_Z = 2044.0
SIDE_WALL, BACK_WALL, CORNER = 4096.0, 5120.0, 8064.0  # |x|, |y| and |x| + |y| at the walls
GOAL_BACK, GOAL_SIDE, GOAL_TOP = 6000.0, 893.0, 643.0  # |y|, |x| and z inside a goal

GOAL_CENTER = (0.0, 5120.0, 321.3875)  # the goal that blue attacks

# x and y of the boost pads in uu, in RocketSim's order; those at z = 73 are the six large ones
PAD_PLACES = (
    *(
        (0, -4240),
        (-1792, -4184),
        (1792, -4184),
        (-3072, -4096),
        (3072, -4096),
        (-940, -3308),
        (940, -3308),
        (0, -2816),
    ),
    *((-3584, -2484), (3584, -2484), (-1788, -2300), (1788, -2300), (-2048, -1036), (0, -1024), (2048, -1036)),
    *((-3584, 0), (-1024, 0), (1024, 0), (3584, 0)),
    *((-2048, 1036), (0, 1024), (2048, 1036), (-1788, 2300), (1788, 2300), (-3584, 2484), (3584, 2484)),
    *((0, 2816), (-940, 3308), (940, 3308), (-3072, 4096), (3072, 4096), (-1792, 4184), (1792, 4184), (0, 4240)),
)

LARGE_PADS = (3, 4, 15, 18, 29, 30)


def right_of(forward: Array, up: Array) -> Array:
    """The side of a car `[..., 3]`, from where its nose and roof point: RocketSim is left-handed."""
    return namespace(up).cross(up, forward)


def far_right(offset: Array, forward: Array) -> Array:
    """Distance to the right, seen from above, of a point at `offset` `[..., 3]` of a car facing `forward`; uu."""
    return offset[..., 1] * forward[..., 0] - offset[..., 0] * forward[..., 1]


def attacked_goal(num_cars: int) -> np.ndarray:
    """`[C, 3]`: the center of the goal each car attacks, uu; the first half of the cars is blue."""
    goals = np.tile(np.array(GOAL_CENTER, np.float32), (num_cars, 1))
    goals[num_cars // 2 :, 1] *= -1
    return goals


def own_goal(num_cars: int) -> np.ndarray:
    """`[C, 3]`: the center of the goal each car defends, uu."""
    return attacked_goal(num_cars) * np.array([1, -1, 1], np.float32)
