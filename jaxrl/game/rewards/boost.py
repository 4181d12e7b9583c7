"""Reward terms for collecting, spending and wasting boost; `boost_kept` is in `basic`, which says what a term is."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.field import CAR_MAX_SPEED, GOAL_TOP
from jaxrl.game.state import Array, State, namespace

SMALL_PAD, LARGE_PAD = 12.0, 100.0  # boost
TOP_SPEED = CAR_MAX_SPEED - 10  # uu/s, at which boost on the ground brings nothing any more


def boost_pickup_small(state: State, next_state: State, actions: Array) -> Array:
    """What small pads brought, as a gain of the square root of the tank.

    Formula: sqrt((boost + gained) / 100) - sqrt(boost / 100), in decisions with a small pad.
    Range: 0 to 0.35 (a small pad for an empty tank), an event.
    Good for: taking the pads on the way; weigh it above `boost_pickup_large`, as there are 28 of them.
    Source: GigaLearn `PickupBoostReward`; RLGym-PPO-Guide (worth more than 12% of a large one).
    """
    return _gain(state, next_state) * (next_state.small_pads > state.small_pads).astype(np.float32)


def boost_pickup_large(state: State, next_state: State, actions: Array) -> Array:
    """What a large pad brought, as a gain of the square root of the tank.

    Formula: sqrt((boost + gained) / 100) - sqrt(boost / 100), in decisions with a large pad.
    Range: 0 to 1 (a large pad for an empty tank), an event.
    Good for: a full tank when it is needed most; the gain, not what is in the tank, so that a full one pays nothing.
    Source: GigaLearn `PickupBoostReward`; Nexto (boost gain 0.5 to 1 beside a goal of 10).
    """
    return _gain(state, next_state) * (next_state.large_pads > state.large_pads).astype(np.float32)


def boost_spent(state: State, next_state: State, actions: Array) -> Array:
    """What was burnt, as a loss of the square root of the tank, less the higher the car is.

    Formula: (sqrt(boost / 100) - sqrt((boost - used) / 100)) * max(0, 1 - z / 643 uu), z of the car.
    Range: 0 to 1, a whole tank; a decision of boost costs 0.011 of a full tank, and 0.15 where it is the last. To be
    avoided, so with a negative weight.
    Good for: keeping some, beside `boost_pickup_small` and `boost_pickup_large` of about that weight or a little more.
    Without it burning pays as much as the pads that fill the tank again; with it a tank filled and burnt pays nothing.
    Source: Nexto (boost lost 0.4 to 0.9 beside 0.5 to 1 for boost gained and a goal of 10), the height as there.
    """
    used = next_state.boost_used - state.boost_used
    low = (1 - next_state.position[..., 2] / GOAL_TOP).clip(0, 1)
    return (_root(state.boost) - _root(state.boost - used)) * low


def boost_waste(state: State, next_state: State, actions: Array) -> Array:
    """Boost burnt on the ground at top speed, and what pads held beyond a full tank, as a share of a tank.

    Formula: (used, if on the ground at 2290 uu/s or more before and after, + 12 per small and 100 per large pad -
    gained) / 100. A full tank takes no pad, and the button pressed with an empty one costs nothing.
    Range: 0 to 1, a decision of boost is 0.02; to be avoided, so with a negative weight.
    Good for: tanks that are empty for most of the time.
    Source: the statistics of replay sites (boost used while supersonic, overfill).
    """
    slower = namespace(state.boost).minimum(length(state.velocity), length(next_state.velocity))
    top = (state.on_ground * next_state.on_ground > 0) & (slower > TOP_SPEED)
    burnt = (next_state.boost_used - state.boost_used) * top.astype(np.float32)
    small, large, gained = (
        getattr(next_state, name) - getattr(state, name) for name in ("small_pads", "large_pads", "boost_gained")
    )
    spilled = SMALL_PAD * small + LARGE_PAD * large - gained
    return (burnt + spilled.clip(0, None)) / 100


def _gain(state: State, next_state: State) -> Array:
    return _root(state.boost + next_state.boost_gained - state.boost_gained) - _root(state.boost)


def _root(boost: Array) -> Array:
    return namespace(boost).sqrt((boost / 100).clip(0, 1))
