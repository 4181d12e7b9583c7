"""What a car sees in its own frame: ahead, to the right, up; 23 + 6 * (C - 1) numbers (29 in 1v1).

Where the ball lies relative to the nose is what steering depends on. The standard observation has it only as products
of its numbers, which a network has to learn first. The same for both teams, as everything is relative to the car.

Layout: ball position and velocity relative to the car 3 and 3, direction of the ball 3, its distance 1, the car's own
velocity and angular velocity 3 and 3, the attacked goal and the own goal 3 and 3, the height of the ball above the
car 1 (world frame); then for every other car, team mates first, its position and velocity relative to the car 3 and 3.
Scales are those of `jaxrl.game.observation.standard`.
"""

from jaxrl.game.field import CAR_MAX_ANGULAR_SPEED, CAR_MAX_SPEED, attacked_goal, own_goal, right_of
from jaxrl.game.observation.standard import others
from jaxrl.game.state import Array, namespace, unpack

OWN_SIZE, OTHER_SIZE = 23, 6


def car_frame_size(num_cars: int) -> int:
    """Numbers a car sees in its own frame in a match of `num_cars` cars."""
    return OWN_SIZE + OTHER_SIZE * (num_cars - 1)


def car_frame(rows: Array) -> Array:
    """Raw states `[..., F]` to what every car sees in its own frame, `[..., C, 23 + 6 * (C - 1)]` float32."""
    xp, state = namespace(rows), unpack(rows)
    num_cars = state.boost.shape[-1]
    forward, up, position, velocity = state.forward, state.up, state.position, state.velocity
    frame = xp.stack([forward, right_of(forward, up), up], axis=-2)  # [..., C, 3, 3]

    to_ball = state.ball_position[..., None, :] - position
    distance = xp.sqrt((to_ball * to_ball).sum(-1, keepdims=True))
    length, spin = 1 / CAR_MAX_SPEED, 1 / CAR_MAX_ANGULAR_SPEED
    vectors = [
        to_ball * length,
        (state.ball_velocity[..., None, :] - velocity) * length,
        to_ball / xp.maximum(distance, 1e-6),
        velocity * length,
        state.angular_velocity * spin,
        (xp.asarray(attacked_goal(num_cars)) - position) * length,
        (xp.asarray(own_goal(num_cars)) - position) * length,
    ]
    for k in range(num_cars - 1):
        order = [others(viewer, num_cars)[k] for viewer in range(num_cars)]
        vectors += [
            xp.stack([quantity[..., car, :] - quantity[..., viewer, :] for viewer, car in enumerate(order)], axis=-2)
            * length
            for quantity in (position, velocity)
        ]
    seen = (xp.stack(vectors, axis=-2)[..., None, :] * frame[..., None, :, :]).sum(-1)  # [..., C, K, 3]
    seen = seen.reshape(*seen.shape[:-2], -1)
    scalars = xp.concatenate([distance, to_ball[..., 2:]], axis=-1) * length
    return xp.concatenate([seen[..., :21], scalars, seen[..., 21:]], axis=-1)


def of_others(frames: Array) -> Array:
    """What every other car sees in its own frame, team mates first: `[..., C, K]` to `[..., C, (C - 1) * K]`."""
    xp, num_cars = namespace(frames), frames.shape[-2]
    seen = [[frames[..., car, :] for car in others(viewer, num_cars)] for viewer in range(num_cars)]
    return xp.stack([xp.concatenate(each, axis=-1) for each in seen], axis=-2)
