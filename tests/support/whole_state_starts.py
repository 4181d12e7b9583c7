"""Start states of hand-worked manoeuvres: blue does something, orange stands far away."""

import numpy as np

from jaxrl.game.field import LARGE_PADS, PAD_PLACES
from support.hand_made_starts import DOWN_FIELD, UP_FIELD, start

AWAY = [3000, 3000, 17]
BALL = [-3000, 3000, 93.15]


def _blue(position, yaw=UP_FIELD, speed=0.0, boost=100.0, roll=0.0, orange=AWAY, ball=BALL):
    state = start(ball, [0, 0, 0], [position, orange], [yaw, DOWN_FIELD], speed=[speed, 0], boost=boost)
    state.yaw_pitch_roll[0, 2] = roll
    return state


def apart(rng, team_size):
    """At rest, away from all pads."""
    return _blue([300, -700, 17])


def _at_pad(large):
    pads = [place for k, place in enumerate(PAD_PLACES) if (k in LARGE_PADS) == large and abs(place[0]) > 1000]
    x, y = pads[0][:2]
    return _blue([x, y - 300, 17], speed=500, boost=50)


def at_small_pad(rng, team_size):
    """300 uu before a small pad at 500 uu/s, the tank half full."""
    return _at_pad(False)


def on_small_pad(rng, team_size):
    """At rest on a small pad, the tank half full."""
    start = _at_pad(False)
    start.position[0, 1] += 300
    start.velocity[0] = 0
    return start


def at_large_pad(rng, team_size):
    """300 uu before a large pad at 500 uu/s, the tank half full."""
    return _at_pad(True)


def tilted_right(rng, team_size):
    """In the air, rolled by 0.6 rad so that the right wheels come down first."""
    return _blue([300, -700, 60], roll=0.6)


def on_the_roof(rng, team_size):
    return _blue([300, -700, 60], roll=np.pi)


def roof_at_the_wall(rng, team_size):
    """Moving into the wall at x = 4096 with its roof ahead."""
    state = _blue([4000, -700, 500], yaw=UP_FIELD, roll=-0.5 * np.pi)
    state.velocity[0] = [600, 0, 0]
    return state


def up_a_wall(rng, team_size):
    """On its wheels on the wall at x = 4096, its nose up."""
    state = _blue([4079, -700, 700])
    state.yaw_pitch_roll[0] = 0, 0.5 * np.pi, 0
    return state


def half_up(rng, team_size):
    """Its right wheels on the ground, its left ones too high."""
    return _blue([300, -700, 30], roll=0.4)


def fast(rng, team_size):
    return _blue([300, -2000, 17], speed=2300)


def about_to_demolish(rng, team_size):
    """Blue at top speed runs into orange's side."""
    state = _blue([0, -500, 17], speed=2300, orange=[0, 0, 17])
    state.yaw_pitch_roll[1, 0] = 0
    return state


def about_to_bump(rng, team_size):
    """The same at half the speed."""
    state = _blue([0, -500, 17], speed=1200, orange=[0, 0, 17])
    state.yaw_pitch_roll[1, 0] = 0
    return state


def ball_ahead(rng, team_size):
    """Blue rolls into the resting ball."""
    return _blue([0, -360, 17], speed=800, ball=[0, 0, 93.15])


def each_its_own(rng, team_size):
    """2v2: the first hits the ball, the second demolishes the third, and the fourth takes a small pad."""
    position = [[0, -360, 17], [2000, -500, 17], [2000, 0, 17], [-2048, -1336, 17]]
    speed = [1200, 2300, 0, 800]
    return start([0, 0, 93.15], [0, 0, 0], position, [UP_FIELD, UP_FIELD, 0, UP_FIELD], speed=speed, boost=50)
