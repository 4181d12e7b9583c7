"""Reward terms for defending one's own goal; `jaxrl.game.rewards.basic` says what a term is."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.events import contact, on_course, opponents, team_had_ball, team_min
from jaxrl.game.field import BACK_WALL, own_goal
from jaxrl.game.rewards.basic import concede
from jaxrl.game.rewards.touches import FAST_BALL
from jaxrl.game.state import Array, State, namespace, team_signs

OWN_THIRD = -BACK_WALL / 3  # uu from the middle, up the field as the car attacks
SHADOW_GAP, SHADOW_TOLERANCE, SHADOW_WIDTH = 1200.0, 1200.0, 1200.0  # uu


def save(state: State, next_state: State, actions: Array) -> Array:
    """1 where a car's contact takes the ball off its course into the car's own goal.

    Formula: contact, the ball on course into the own goal before and not after; `shot` says what that is. Whose shot it
    was does not matter.
    Range: 0 or 1, an event.
    Good for: goalkeeping, with starts that have shots in them.
    Source: GigaLearn `SaveReward`; Lucy (3 beside a goal of 10); both take the game's own count.
    """
    kept = on_course(state) & ~on_course(next_state) & (concede(state, next_state, actions) == 0)
    return (contact(next_state) & kept).astype(np.float32)


def clear(state: State, next_state: State, actions: Array) -> Array:
    """How much speed away from the own back wall a contact gives to a ball in the own third, as a share of 110 km/h.

    Formula: contact with the ball beyond 1707 uu from the middle: clip((vy after - before) / 3056 uu/s, 0, 1), y up the
    field.
    Range: 0 to 1, an event.
    Good for: getting the ball out of danger, wherever to.
    Source: the game's own points for a clear; GigaLearn forks pay for the touch alone.
    """
    up = team_signs(state.boost.shape[-1])
    gain = (next_state.ball_velocity - state.ball_velocity)[..., None, 1] * up / FAST_BALL
    there = state.ball_position[..., None, 1] * up < OWN_THIRD
    return (contact(next_state) & there).astype(np.float32) * gain.clip(0, 1)


def own_goal_risk(state: State, next_state: State, actions: Array) -> Array:
    """How much speed towards the own goal a contact gives to a ball in the own half, as a share of 110 km/h.

    Formula: contact of this team alone: clip((speed to the own goal after - before) / 3056 uu/s, 0, 1), for a ball that
    then flies towards it.
    Range: 0 to 1, an event; to be avoided, so with a negative weight.
    Good for: touches that need not be hard but must not go backwards.
    Source: jaxrl's own; the bots of the field have it in the negative part of ball-to-goal and zero-sum.
    """
    num_cars = state.boost.shape[-1]
    offset = own_goal(num_cars) - state.ball_position[..., None, :]
    direction = offset / length(offset).clip(1, None)[..., None]
    before, after = ((each.ball_velocity[..., None, :] * direction).sum(-1) for each in (state, next_state))
    touching = contact(next_state)
    theirs = opponents(team_min(next_state.ticks_since_contact)) == 0
    own_half = state.ball_position[..., None, 1] * team_signs(num_cars) < 0
    counts = touching & ~theirs & own_half & (after > 0)
    return counts.astype(np.float32) * ((after - before) / FAST_BALL).clip(0, 1)


def shadowing(state: State, next_state: State, actions: Array) -> Array:
    """How well a car shadows the opponents' attack: on the line from its own goal to the ball, about 1200 uu before it.

    Formula: max(0, 1 - |gap - 1200| / 1200) max(0, 1 - lateral / 1200), gap and lateral (uu) from the ball along and
    off the line to the own goal; 0 unless the opponents touched the ball last, and with the ball in the opponents'
    third.
    Range: 0 to 1, each decision.
    Good for: not diving in; goal side share.
    Source: GigaLearn forks (`ShadowDefenseReward`).
    """
    xp, num_cars = namespace(state.boost), state.boost.shape[-1]
    goal, ball = own_goal(num_cars), next_state.ball_position[..., None, :]
    line = goal - ball
    whole = length(line).clip(1, None)
    offset = next_state.position - ball
    gap = (offset * line).sum(-1) / whole
    lateral = xp.sqrt(((offset * offset).sum(-1) - gap * gap).clip(0, None))
    share = (1 - abs(gap - SHADOW_GAP) / SHADOW_TOLERANCE).clip(0, 1) * (1 - lateral / SHADOW_WIDTH).clip(0, 1)
    attacked = opponents(team_had_ball(next_state)) & (ball[..., 1] * team_signs(num_cars) < -OWN_THIRD)
    return share * (attacked & (next_state.demoed == 0)).astype(np.float32)


def last_back(state: State, next_state: State, actions: Array) -> Array:
    """1 for the car of a team that is last back, if it is on its own side of the ball; in 1v1: goal side.

    Formula: y (up the field, of the center) the smallest of the team's, demolished cars left out, and smaller than the
    ball's.
    Range: 0 or 1, each decision.
    Good for: somebody being behind the ball at all times; with team_spirit for all to see to it.
    Source: Seer (last, behind the ball; .00125 a step each beside a goal of 1.25).
    """
    up = team_signs(state.boost.shape[-1])
    place = next_state.position[..., 1] * up + 2 * BACK_WALL * next_state.demoed
    behind = next_state.position[..., 1] * up < next_state.ball_position[..., None, 1] * up
    return ((place <= team_min(place)) & behind & (next_state.demoed == 0)).astype(np.float32)
