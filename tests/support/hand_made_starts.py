"""Start states for the tests of the physics, named in a SimSpec as `support.hand_made_starts:function`."""

import numpy as np

from jaxrl.game.field import PAD_PLACES
from jaxrl.game.starts.state import StartState

POSES = np.array([[-2048.0, -2560.0, 17.0], [256.0, 3840.0, 17.0]])
YAWS = np.array([0.25 * np.pi, -0.5 * np.pi])
UP_FIELD, DOWN_FIELD = 0.5 * np.pi, -0.5 * np.pi


def start(ball_position, ball_velocity, position, yaw, speed=0.0, boost=100.0):
    """A start state of cars on the ground, driving where they look."""
    yaw, speed = np.asarray(yaw, float), np.asarray(speed, float) * np.ones(len(yaw))
    zeros = np.zeros(len(yaw))
    return StartState(
        ball_position=np.array(ball_position, float),
        ball_velocity=np.array(ball_velocity, float),
        ball_angular_velocity=np.zeros(3),
        position=np.array(position, float),
        yaw_pitch_roll=np.stack([yaw, zeros, zeros], axis=-1),
        velocity=np.stack([speed * np.cos(yaw), speed * np.sin(yaw), zeros], axis=-1),
        angular_velocity=np.zeros((len(yaw), 3)),
        boost=zeros + boost,
    )


def two_poses(rng, team_size):
    """Two places of a kickoff, the ball in the middle."""
    return start([0, 0, 93.15], [0, 0, 0], POSES, YAWS)


def in_a_row(rng, team_size):
    """Blue drives at the ball, orange follows behind blue."""
    return start([0, 0, 93.15], [0, 0, 0], [[0, -400, 17], [0, -900, 17]], [UP_FIELD, UP_FIELD], speed=800)


def shot_by_blue(rng, team_size):
    """The ball is 0.1 s from orange's goal line, both cars far away."""
    return start([0, 4900, 300], [0, 3000, 0], [[-3000, 0, 17], [3000, 0, 17]], [UP_FIELD, DOWN_FIELD])


def shot_by_orange(rng, team_size):
    """The ball is 0.1 s from blue's goal line, both cars far away."""
    return start([0, -4900, 300], [0, -3000, 0], [[-3000, 0, 17], [3000, 0, 17]], [UP_FIELD, DOWN_FIELD])


def ball_in_front_of_blue(rng, team_size):
    """Blue rolls slowly into a resting ball and, left alone, touches it once; orange is far away."""
    return start([0, 0, 93.15], [0, 0, 0], [[0, -260, 17], [3000, 3000, 17]], [UP_FIELD, DOWN_FIELD], speed=[500, 0])


def about_to_demolish(rng, team_size):
    """Blue at top speed runs into orange's side; the ball is far away."""
    return start([3000, 3000, 93.15], [0, 0, 0], [[0, -500, 17], [0, 0, 17]], [UP_FIELD, 0], speed=[2300, 0], boost=100)


def apart(rng, team_size):
    """Both cars far from each other and from the ball, turned differently."""
    return start([0, 4000, 93.15], [0, 0, 0], [[-1500, -1000, 17], [1000, 500, 17]], [0.7, -2.0], speed=500)


def apart_mirrored(rng, team_size):
    """`apart` in the mirror x = 0."""
    return start(
        [0, 4000, 93.15], [0, 0, 0], [[1500, -1000, 17], [-1000, 500, 17]], [np.pi - 0.7, np.pi + 2.0], speed=500
    )


def not_a_number(rng, team_size):
    """What a user's function may return by mistake."""
    state = two_poses(rng, team_size)
    state.ball_position[0] = float("nan")
    return state


def too_fast(rng, team_size):
    """Finite, but not after a few ticks."""
    state = two_poses(rng, team_size)
    state.ball_velocity[:] = 1e30
    return state


def car_too_fast(rng, team_size):
    """Blue at a speed whose square is beyond float32."""
    state = two_poses(rng, team_size)
    state.velocity[0, 0] = 1e30
    return state


def in_the_air(rng, team_size):
    """Both cars level and at rest, high above the ground and far from the ball."""
    return start([0, 4000, 93.15], [0, 0, 0], [[-1500, -1000, 1200], [1500, -1000, 1200]], [UP_FIELD, DOWN_FIELD])


def on_pads(rng, team_size):
    """Every car on a pad of its own, its tank empty."""
    places = rng.permutation(PAD_PLACES)[: 2 * team_size]
    position = np.concatenate([places, np.full((2 * team_size, 1), 17)], axis=1)
    return start([0, 0, 1000], [0, 0, 1], position, np.zeros(2 * team_size), boost=0)


def flips_left(rng, team_size):
    """`in_the_air`, blue without a flip, orange with half a second of it."""
    return in_the_air(rng, team_size)._replace(flip_seconds=np.array([0.0, 0.5]))


def on_the_floor_without_a_flip(rng, team_size):
    """What means nothing on the floor."""
    return two_poses(rng, team_size)._replace(flip_seconds=np.zeros(2))


def one_demolished(rng, team_size):
    """Orange is demolished, where it would be in blue's way, and comes back after 100 ticks."""
    start = in_a_row(rng, team_size)
    return start._replace(position=start.position[[1, 0]], respawn_ticks=np.array([0.0, 100.0]))
