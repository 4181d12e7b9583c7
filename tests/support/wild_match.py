"""Matches in which everything happens that a row tells of: jumps, flips, pads, touches, bumps and demolitions."""

from dataclasses import replace

import numpy as np

from jaxrl.bots.scripted import STRAIGHT_BOOST, Scripted, chase
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.state import unpack
from support.real_game import match_spec, record


class Wild(Scripted):
    """Drives at an opponent or at the ball, each car by its number, and now and then does anything."""

    name = "wild"

    def choose(self, states, uniforms):
        """Actions `[N, C]`: every second car rams, one in four decisions is drawn."""
        actions = chase(states)
        num_cars = uniforms.shape[1]
        for car in range(0, num_cars, 2):
            victim = (car + num_cars // 2) % num_cars
            aimed = states.copy()
            unpack(aimed).ball_position[:] = unpack(states).position[:, victim]
            actions[:, car] = chase(aimed)[:, car]
        drawn = uniforms < 0.25
        return np.where(drawn, uniforms * 4 * NUM_ACTIONS, actions).astype(np.int32)


class Ahead(Scripted):
    """Boosts straight ahead."""

    name = "ahead"

    def choose(self, states, uniforms):
        return np.full(uniforms.shape, STRAIGHT_BOOST, np.int32)


# of whole_state_starts, for what happens too rarely in a match
SCENES = ("about_to_demolish", "about_to_demolish", "about_to_bump", "at_small_pad", "at_large_pad", "ball_ahead")


def scene(name):
    """Moments in which blue drives on from a start state, until it is long over."""
    spec = replace(match_spec(1), start_states=((f"support.whole_state_starts:{name}", 1.0),))
    return record(spec, Ahead(8, 1), Ahead(8, 1), 55)


def match(order, seed, decisions=600, player=Wild):
    """Moments of a match of `player`, whose cars are in the packets in this order."""
    both = player(8, 1)
    return record(match_spec(len(order) // 2, seed=seed), both, both, decisions, order)
