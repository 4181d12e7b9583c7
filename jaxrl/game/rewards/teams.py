"""Reward terms for playing together; `jaxrl.game.rewards.basic` says what a term is. Cars alone in their team get 0."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.events import contact, first_contact, last_contact, opponents_min, team_had_ball, team_min
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.rewards.basic import goal
from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.state import LONG_AGO, Array, State, namespace

ASSIST_TICKS = 5.0 * TICKS_PER_SECOND
LONG_PASS = 3000.0  # uu
FAR_APART = 2000.0  # uu
FAR_AWAY = 2.0**15  # uu, farther than anything on the field


def possession(state: State, next_state: State, actions: Array) -> Array:
    """1 for every car of the team that touched the ball last.

    Formula: the smallest ticks_since_contact of the team is smaller than the opponents'; 0 before any touch.
    Range: 0 or 1, each decision.
    Good for: keeping the ball rather than hitting it away; zero-sum.
    Source: the statistics of replay sites; Saturn and GigaLearn forks (`ControlReward`).
    """
    return team_had_ball(next_state).astype(np.float32)


def assist(state: State, next_state: State, actions: Array) -> Array:
    """1 where a team mate scores from what the car touched last before, within 5 s.

    Formula: goal, and the car was the second last of the team to touch the ball, after all opponents.
    Range: 0 or 1, an event; 2v2 and 3v3.
    Good for: passing and centering; where there are goals.
    Source: GigaLearn `AssistReward`, which takes the game's own count.
    """
    ticks = next_state.ticks_since_contact
    last = team_min(ticks)
    scorer = ticks <= last
    second = team_min(namespace(ticks).where(scorer, LONG_AGO, ticks))
    helped = ~scorer & (ticks <= second) & (ticks <= ASSIST_TICKS) & (ticks < opponents_min(ticks))
    return goal(state, next_state, actions) * helped.astype(np.float32)


@with_memory(np.zeros(3, np.float32))
def passing(place: Array, state: State, next_state: State, actions: Array) -> tuple[Array, Array]:
    """How far the ball went from the car to a team mate who touches it next, as a share of 3000 uu.

    Formula: min(1, |ball - ball at the car's last contact| / 3000 uu), as a mate makes the next contact of all.
    Memory: that place.
    Range: 0 to 1, an event; 2v2 and 3v3.
    Good for: passes that arrive.
    Source: rlgym-tools `BallTravelReward` (self to mate).
    """
    xp = namespace(place)
    offset = next_state.ball_position[..., None, :] - place
    share = (length(offset) / LONG_PASS).clip(0, 1)
    touching = first_contact(next_state)
    # -1 where a car of the team touches
    by_mate = (team_min(-touching.astype(np.float32)) < 0) & ~contact(next_state)
    value = (by_mate & last_contact(state)).astype(np.float32) * share
    place = xp.where(contact(next_state)[..., None], next_state.ball_position[..., None, :], place)
    return place, value


def spacing(state: State, next_state: State, actions: Array) -> Array:
    """The distance to the nearest team mate, as a share of 2000 uu.

    Formula: min(1, distance / 2000 uu), demolished mates left out; 1 if they all are.
    Range: 0 to 1, each decision; 2v2 and 3v3.
    Good for: mates that both chase the ball; little of it.
    Source: Opti (spacing, -.1 beside a goal of 10, paid for being near); GigaLearn forks (`TeamSpacingReward`).
    """
    xp, num_cars = namespace(state.boost), state.boost.shape[-1]
    team = np.arange(num_cars) < num_cars // 2
    mates = (team[:, None] == team) & ~np.eye(num_cars, dtype=bool)  # [C, C]
    offset = next_state.position[..., :, None, :] - next_state.position[..., None, :, :]
    distance = length(offset)
    there = xp.asarray(mates) & (next_state.demoed[..., None, :] == 0)
    nearest = xp.where(there, distance, FAR_AWAY).min(-1)
    return (nearest / FAR_APART).clip(0, 1) * (1 - next_state.demoed) * float(num_cars > 2)
