"""Reward terms for how a car moves, wherever the ball is; `jaxrl.game.rewards.basic` says what a term is."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.field import CAR_MAX_ANGULAR_SPEED, CAR_MAX_SPEED, CEILING_Z, GRAVITY
from jaxrl.game.state import Array, State

SLOW = 500.0  # uu/s
REST_HEIGHT = 17.0  # uu, of a car on its wheels

# energies of a mass of 1, in (uu/s)2
KINETIC = 0.5 * CAR_MAX_SPEED**2
POTENTIAL = 1.1 * GRAVITY * (CEILING_Z - REST_HEIGHT)
TANK = 0.5 * 2975.0**2  # a full tank is three seconds of 992 uu/s2
JUMP = 0.8 * 0.5 * 292.0**2
FLIP = 0.9 * 0.5 * 500.0**2


def air(state: State, next_state: State, actions: Array) -> Array:
    """1 while the car is in the air.

    Formula: 1 - on_ground.
    Range: 0 or 1, each decision.
    Good for: bots that forget how to jump; 0.15 to 0.25 beside a touch of 50.
    Source: GigaLearn `AirReward`; RLGym-PPO-Guide.
    """
    return _alive(next_state) * (1 - next_state.on_ground)


def air_roll(state: State, next_state: State, actions: Array) -> Array:
    """How fast a car in the air rolls about its nose, either way.

    Formula: (1 - on_ground) |angular velocity . forward| / 5.5 rad/s.
    Range: 0 to 1, each decision.
    Good for: control in the air, once there are aerials at all; little of it.
    Source: GigaLearn forks (`AirRollReward`); Tecko pays .005 for any rotation.
    """
    rate = abs((next_state.angular_velocity * next_state.forward).sum(-1)) / CAR_MAX_ANGULAR_SPEED
    return _alive(next_state) * (1 - next_state.on_ground) * rate.clip(0, 1)


def speed(state: State, next_state: State, actions: Array) -> Array:
    """The car's speed as a share of its top speed, in whatever direction.

    Formula: |velocity| / 2300 uu/s.
    Range: 0 to 1, each decision.
    Good for: bots that stand and wait; flips for speed, together with a price on boost.
    Source: GigaLearn `SpeedReward`.
    """
    return _alive(next_state) * (length(next_state.velocity) / CAR_MAX_SPEED).clip(0, 1)


def forward_speed(state: State, next_state: State, actions: Array) -> Array:
    """The car's speed in the direction of its nose as a share of its top speed; backwards is negative.

    Formula: velocity . forward / 2300 uu/s.
    Range: -1 to 1, each decision.
    Good for: bots that drive or flip backwards; half flips.
    Source: Seer (forward velocity, .0015 a step beside a goal of 1.25).
    """
    along = (next_state.velocity * next_state.forward).sum(-1) / CAR_MAX_SPEED
    return _alive(next_state) * along.clip(-1, 1)


def supersonic(state: State, next_state: State, actions: Array) -> Array:
    """1 while the car is supersonic, fast enough to demolish.

    Formula: supersonic, which the game grants from 2200 uu/s on and takes below 2100.
    Range: 0 or 1, each decision.
    Good for: speed as players count it, where `speed` has been learnt.
    Source: the statistic of replay sites (time supersonic); GigaLearn forks.
    """
    return _alive(next_state) * next_state.supersonic


def stalling(state: State, next_state: State, actions: Array) -> Array:
    """How much too slow the car is: 1 at rest, 0 from 500 uu/s on.

    Formula: max(0, 1 - |velocity| / 500 uu/s), 0 while demolished.
    Range: 0 to 1, each decision; to be avoided, so with a negative weight.
    Good for: bots that stand still, for which `speed` would be too much.
    Source: Opti (slow, -.1 beside a goal of 10; -.05 in its recovery model).
    """
    return _alive(next_state) * (1 - length(next_state.velocity) / SLOW).clip(0, 1)


def turtle(state: State, next_state: State, actions: Array) -> Array:
    """1 while the car lies on its roof or side.

    Formula: the body (not a wheel) touches something level (normal . z > 0.9), and up . z < 0.3.
    Range: 0 or 1, each decision; to be avoided, so with a negative weight.
    Good for: landings on the wheels, and getting up again.
    Source: Opti (turtle, -.2 beside a goal of 10); the contact normal as in GigaLearn's action mask.
    """
    lies = (next_state.surface_normal[..., 2] > 0.9) & (next_state.up[..., 2] < 0.3)
    return _alive(next_state) * lies.astype(np.float32)


def energy(state: State, next_state: State, actions: Array) -> Array:
    """The energy that a car has or can have at once: of its speed, height, boost, and of the jump and flip it has left.

    Formula: (v2 / 2 + 1.1 g height + boost (2975 uu/s)2 / 2 + .8 (292 uu/s)2 / 2 on the ground + .9 (500 uu/s)2 / 2
    with a flip left) / their sum at top speed below the ceiling.
    Range: 0 to 1, each decision.
    Good for: keeping speed and boost, and flips used for speed rather than for nothing.
    Source: Opti and Kaiyo (energy); GigaLearn forks (`KaiyoEnergyReward`, .1).
    """
    height = next_state.position[..., 2] - REST_HEIGHT
    left = next_state.has_flip_or_jump * (FLIP + JUMP * next_state.on_ground)
    moving = 0.5 * (next_state.velocity * next_state.velocity).sum(-1)
    total = moving + 1.1 * GRAVITY * height + TANK * next_state.boost / 100 + left
    return _alive(next_state) * (total / (KINETIC + POTENTIAL + TANK + JUMP + FLIP)).clip(0, 1)


def _alive(state: State) -> Array:
    return 1 - state.demoed
