"""Reward terms for shots and for how goals are scored; `jaxrl.game.rewards.basic` says what a term is."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.events import contact, on_course, opponents, team_min
from jaxrl.game.field import BACK_WALL, BALL_MAX_SPEED, attacked_goal
from jaxrl.game.rewards.basic import goal
from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.state import LONG_AGO, Array, State, namespace


def shot(state: State, next_state: State, actions: Array) -> Array:
    """1 where a car's contact puts the ball on course into the opponents' goal.

    Formula: contact, the ball on course after it and not before: by its velocity and gravity it crosses the line
    between the posts and below the bar within 2 s, bounces off the ground counted, off walls not.
    Range: 0 or 1, an event.
    Good for: shooting at the goal rather than towards it, before goals are scored.
    Source: GigaLearn `ShotReward`, which takes the game's own count.
    """
    before, after = (opponents(on_course(each)) for each in (state, next_state))
    scored = goal(state, next_state, actions) > 0
    return (contact(next_state) & (after | scored) & ~before).astype(np.float32)


def goal_speed(state: State, next_state: State, actions: Array) -> Array:
    """The speed of the ball in the goal, as a share of its top speed, for every car of the team that scored.

    Formula: goal |ball velocity| / 6000 uu/s.
    Range: 0 to 1, an event: 0.46 at 100 km/h.
    Good for: shots that cannot be saved; a bonus beside `goal`.
    Source: Necto (goal speed bonus, 2.5 to 1.25 beside a goal of 10 to 12.5); Seer (10% of a goal).
    """
    share = length(next_state.ball_velocity) / BALL_MAX_SPEED
    return goal(state, next_state, actions) * share.clip(0, 1)[..., None]


@with_memory(0)
def goal_distance(distance: Array, state: State, next_state: State, actions: Array) -> tuple[Array, Array]:
    """How far from the goal the ball was when the scorer touched it last, as a share of the field's length.

    Formula: goal min(1, |ball - goal| / 10240 uu at the car's last contact), for the car of the team that touched last.
    Memory: that distance.
    Range: 0 to 1, an event.
    Good for: shots from afar; a bonus beside `goal`.
    Source: Necto (goal distance bonus, 2.5 to 1.25 beside a goal of 10 to 12.5).
    """
    xp = namespace(distance)
    offset = attacked_goal(state.boost.shape[-1]) - next_state.ball_position[..., None, :]
    there = length(offset) / (2 * BACK_WALL)
    scored = goal(state, next_state, actions)
    # the ball that is in the goal by now was somewhere before it when it was touched
    distance = xp.where(contact(next_state) & (scored == 0), there.clip(0, 1), distance)
    ticks = next_state.ticks_since_contact
    scorer = (ticks < LONG_AGO) & (ticks <= team_min(ticks))
    return distance, scored * scorer.astype(np.float32) * distance
