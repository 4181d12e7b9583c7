"""How scripted cars see and steer: every car in its own frame, in which it attacks +y; numpy and JAX alike."""

from typing import NamedTuple

import numpy as np

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.arrays import Array, length, namespace
from jaxrl.game.field import BACK_WALL, BALL_RADIUS, GOAL_SIDE, GRAVITY, SIDE_WALL, right_of
from jaxrl.game.state import State, team_signs, unpack

CAR_HEIGHT = 17.0  # uu, of a car's center on its wheels
STRAIGHT = 0.15  # rad that one decision turns a fast car: less is steered in some decisions only
SLIDE_ANGLE = 1.7  # rad: use the handbrake if the target is this far behind
CIRCLE = 0.9  # s; a point is within the turning circle if it is nearer than that times speed times sine
BOUNCE = 0.6  # of its speed a ball keeps at a wall


def _row(throttle: int, steer: int, pitch: int, yaw: int, roll: int, jump: int, boost: int, handbrake: int) -> int:
    controls = (throttle, steer, pitch, yaw, roll, jump, boost, handbrake)
    found = np.flatnonzero(np.equal(controls, ACTION_TABLE).all(axis=1))
    return int(found[0])


def _driving() -> np.ndarray:
    """The action `[3, 3, 2, 2]` of throttle + 1, steer + 1, boost and handbrake; only full throttle boosts."""
    rows = np.zeros((3, 3, 2, 2), np.int32)
    for throttle, steer, boost, slide in np.ndindex(rows.shape):
        turn = steer - 1
        rows[throttle, steer, boost, slide] = _row(throttle - 1, turn, 0, turn, 0, 0, boost * (throttle == 2), slide)
    return rows


def _flying() -> np.ndarray:
    """The action `[3, 3, 3, 2]` of pitch + 1, yaw + 1, roll + 1 and jump, without boost; a jump leaves out the yaw."""
    rows = np.zeros((3, 3, 3, 2), np.int32)
    for index in np.ndindex(rows.shape):
        pitch, yaw, roll, jump = index[0] - 1, (index[1] - 1) * (1 - index[3]), index[2] - 1, index[3]
        is_driving = not (pitch or roll or jump)
        flips = int(jump and bool(pitch or roll))
        rows[index] = _row(0, yaw, pitch, yaw, roll, jump, 0, 0 if is_driving else flips)
    return rows


DRIVING, FLYING = _driving(), _flying()


class Seen(NamedTuple):
    """What every car sees in its own frame, `[..., C, 3]`; see `jaxrl.game.layout` for the units."""

    state: State  # in the world
    turn: Array  # [C, 3] from the world to the own frame and back
    ball: Array
    ball_velocity: Array
    position: Array
    velocity: Array
    forward: Array
    right: Array
    up: Array

    def local(self, vector: Array) -> tuple[Array, Array, Array]:
        """Components ahead, to the right and above, of a vector `[..., C, 3]`."""
        return tuple((vector * axis).sum(-1) for axis in (self.forward, self.right, self.up))


def see(states: Array) -> Seen:
    """Raw states `[..., F]` as the cars see them."""
    state = unpack(states)
    signs = team_signs(state.position.shape[-2])
    turn = np.stack([signs, signs, np.ones_like(signs)], axis=-1)
    forward, up = state.forward * turn, state.up * turn
    ball, ball_velocity = (vector[..., None, :] * turn for vector in (state.ball_position, state.ball_velocity))
    position, velocity = state.position * turn, state.velocity * turn
    return Seen(state, turn, ball, ball_velocity, position, velocity, forward, right_of(forward, up), up)


def ball_after(seen: Seen, seconds: Array) -> Array:
    """Where the ball will be, `[..., C, 3]`, if nobody touches it: thrown, rolling, back from a wall."""
    xp = namespace(seen.ball)
    moved = seen.ball + seen.ball_velocity * seconds[..., None]
    x, y = moved[..., 0], moved[..., 1]
    x = _reflected(x, SIDE_WALL - BALL_RADIUS)
    in_goal = xp.clip(y, -BACK_WALL, BACK_WALL)
    y = xp.where(xp.abs(x) < GOAL_SIDE, in_goal, _reflected(y, BACK_WALL - BALL_RADIUS))
    z = xp.maximum(moved[..., 2] - GRAVITY / 2 * seconds**2, BALL_RADIUS)
    return xp.stack([x, y, z], axis=-1)


def _reflected(x: Array, wall: float) -> Array:
    xp = namespace(x)
    return xp.clip(x, -wall, wall) - BOUNCE * (x - xp.clip(x, -wall, wall))


def flat(vector: Array) -> Array:
    """`[..., 2]`: seen from above."""
    return vector[..., :2]


def unit(vector: Array) -> Array:
    """The direction of a vector `[..., D]`."""
    return vector / (length(vector)[..., None] + np.float32(1e-3))


def angle_to(seen: Seen, target: Array) -> Array:
    """The angle `[..., C]` (rad, right is positive) to a point `[..., C, 3]`, along whatever the car drives on."""
    ahead, right, _ = seen.local(target - seen.position)
    return namespace(ahead).arctan2(right, ahead)


def drive(seen: Seen, target: Array, speed: Array, uniforms: Array) -> Array:
    """Actions `[..., C]` that drive to a point `[..., C, 3]` with a speed (uu/s), which takes boost above 1400."""
    xp = namespace(uniforms)
    angle = angle_to(seen, target)
    off = xp.abs(angle)
    ahead = (seen.velocity * seen.forward).sum(-1)
    side = xp.where(off > STRAIGHT * uniforms, xp.sign(angle), xp.zeros_like(angle)).astype(np.int32)
    # a fast car cannot turn within its circle: let it roll
    is_inside = length(target - seen.position) < ahead * xp.abs(xp.sin(angle)) * CIRCLE
    too_fast = (ahead > speed + 150) | ((off > 0.5) & (ahead > 900) & is_inside)
    throttle = xp.where(too_fast, np.int32(0), np.int32(1))
    brakes = ahead > speed + 600
    throttle = xp.where(brakes, np.int32(-1), throttle)
    boosts = (speed > xp.maximum(ahead, np.float32(1300)) + 100) & (off < 0.3) & (ahead < 2250) & (throttle == 1)
    boosts = boosts & (seen.state.boost > 0)
    slides = (off > SLIDE_ANGLE) & (ahead > 300)
    index = throttle + 1, side + 1, boosts.astype(np.int32), slides.astype(np.int32)
    return xp.asarray(DRIVING)[index]


def level(seen: Seen, facing: Array) -> Array:
    """Actions `[..., C]` in the air that turn the nose to a direction `[..., C, 3]` and the wheels down."""
    xp = namespace(facing)
    ahead, right, above = seen.local(facing)
    spin = seen.local(seen.state.angular_velocity * seen.turn)
    pitch = xp.arctan2(above, ahead) + spin[1] / 4
    yaw = xp.arctan2(right, ahead) - spin[2] / 4
    roll = xp.arctan2(seen.right[..., 2], seen.up[..., 2]) + spin[0] / 4
    index = [_sign(error) + 1 for error in (pitch, yaw, roll)]
    return xp.asarray(FLYING)[index[0], index[1], index[2], xp.zeros_like(index[0])]


def _sign(error: Array) -> Array:
    xp = namespace(error)
    return xp.where(xp.abs(error) > 0.1, xp.sign(error), xp.zeros_like(error)).astype(np.int32)
