"""Where the ball will be if nobody touches it: over the next two seconds, in the car's own frame, 27 numbers.

A network sees where the ball is and how fast. Where it comes down after a wall is many products of these, which a
small one hardly finds; a car that is to meet the ball needs nothing as much.

Layout: of each of five moments (0.3, 0.6, 1.0, 1.5 and 2.0 s ahead) how far ahead of the car, to its right and above it
(in its own frame) the ball will be, how high, and how far towards the attacked goal from the middle, all in 2300 uu;
then how soon it will be in the own and in the attacked goal: 1 = at once, 0 = not in two seconds.

The path is that of a ball without spin in a field of flat walls, in steps of a tenth of a second: gravity, drag, and
bounces as Rocket League's ball makes them (restitution 0.6, friction 0.285 of up to twice the speed into the wall: see
Samuel Mish's notes on how the ball bounces). It knows no curves between floor and walls, and no goal from inside.
"""

import numpy as np

from jaxrl.game.arrays import repeated
from jaxrl.game.field import (
    BACK_WALL,
    BALL_REST_HEIGHT,
    CAR_MAX_SPEED,
    CEILING_Z,
    CORNER,
    GOAL_SIDE,
    GOAL_TOP,
    GRAVITY,
    SIDE_WALL,
    right_of,
)
from jaxrl.game.state import Array, namespace, team_signs, unpack

STEP = 0.1  # s
STEPS = 20
SHOWN = (3, 6, 10, 15, 20)  # steps
RESTITUTION, FRICTION, DRAG = 0.6, 0.285, 0.03
ROLLING = 70.0  # uu/s into the floor or a wall, below which it does not bounce: a step of gravity is 65

DIAGONAL = 0.5**0.5
# of the floor, the ceiling, walls and corners, pointing into the field, and how far each is from the middle
NORMALS = np.array(
    [
        *((0, 0, 1), (0, 0, -1), (-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0)),
        *((x * DIAGONAL, y * DIAGONAL, 0) for x in (-1, 1) for y in (-1, 1)),
    ],
    np.float32,
)
OFFSETS = np.array([0, CEILING_Z, *[SIDE_WALL] * 2, *[BACK_WALL] * 2, *[CORNER * DIAGONAL] * 4], np.float32)
OPEN = np.array([0, 0, 0, 0, *[1e4] * 6], np.float32)  # uu by which they stand back before a goal
ONE_OF = np.eye(len(NORMALS), dtype=np.float32)
FALL = np.array([0, 0, -GRAVITY * STEP], np.float32)  # uu/s in a step

BALL_PATH_SIGNS = np.array([*[1, -1, 1, 1, 1] * len(SHOWN), 1, 1], np.float32)  # of the numbers in the mirror
BALL_PATH_SIZE = len(BALL_PATH_SIGNS)


def ball_path(rows: Array) -> Array:
    """Raw states `[..., F]` to the ball's path as every car sees it, `[..., C, 27]` float32."""
    xp, state = namespace(rows), unpack(rows)
    num_cars = state.boost.shape[-1]
    path = positions_ahead(state.ball_position, state.ball_velocity)
    forward, up = state.forward, state.up
    axes = forward, right_of(forward, up), up
    seen = []
    for step in SHOWN:
        ball = path[step - 1][..., None, :]
        way = ball - state.position
        ahead = [(way * axis).sum(-1) for axis in axes]
        height = ball[..., 2] + 0 * state.boost
        seen += [each * (1 / CAR_MAX_SPEED) for each in (*ahead, height, ball[..., 1] * team_signs(num_cars))]
    # the earliest step counts: later ones are written over
    own, attacked = 0 * state.boost, 0 * state.boost
    for step in reversed(range(STEPS)):
        far = path[step][..., None, 1] * team_signs(num_cars)
        soon = 1 - step / STEPS
        own = xp.where(far < -BACK_WALL - BALL_REST_HEIGHT, soon, own)
        attacked = xp.where(far > BACK_WALL + BALL_REST_HEIGHT, soon, attacked)
    return xp.concatenate([each[..., None] for each in (*seen, own, attacked)], axis=-1).astype(np.float32)


def positions_ahead(position: Array, velocity: Array) -> list[Array]:
    """Where a ball that nobody touches will be after each of STEPS steps, `[..., 3]` uu each.

    It starts at `position` `[..., 3]` (uu) with `velocity` `[..., 3]` (uu/s).
    """
    return repeated(_move, (position, velocity), STEPS)


def _move(ball: tuple[Array, Array]) -> tuple[Array, Array]:
    """A step: flight, then at most one bounce, off what the ball is in deepest."""
    position, velocity = ball
    xp = namespace(position)
    position = position + velocity * STEP + FALL * np.float32(0.5 * STEP)
    velocity = velocity * (1 - DRAG * STEP) + FALL

    before_goal = (abs(position[..., 0]) < GOAL_SIDE) & (position[..., 2] < GOAL_TOP)
    inside = (position[..., None, :] * NORMALS).sum(-1) + OFFSETS + before_goal[..., None].astype(np.float32) * OPEN
    depth = BALL_REST_HEIGHT - inside  # [..., 10]
    which = xp.asarray(ONE_OF)[depth.argmax(-1)]
    depth, normal = (depth * which).sum(-1), (which[..., None] * NORMALS).sum(-2)
    into = -(velocity * normal).sum(-1)
    along = velocity + into[..., None] * normal
    speed = xp.sqrt((along * along).sum(-1) + 1e-3)
    grip = 1 - FRICTION * xp.minimum(2 * into / speed, 1.0)
    touches, bounces = (depth > 0) & (into > 0), into > ROLLING
    bounced = xp.where(bounces[..., None], grip[..., None] * along + (RESTITUTION * into)[..., None] * normal, along)
    velocity = xp.where(touches[..., None], bounced, velocity)
    out = depth.clip(0, 1e6) * (1 + RESTITUTION * (touches & bounces).astype(np.float32))
    return position + out[..., None] * normal, velocity
