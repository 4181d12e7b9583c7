"""Reward terms for named mechanics on and just off the ground; `jaxrl.game.rewards.basic` says what a term is."""

from typing import Any, NamedTuple

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.events import contact, decision_ticks, flip_began, landed, velocity_change
from jaxrl.game.events import wavedash as wavedashed
from jaxrl.game.field import TICKS_PER_SECOND, right_of
from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.rewards.touches import HARD_TOUCH
from jaxrl.game.state import LONG_AGO, Array, State, namespace

ON_ROOF = (100.0, 200.0)  # uu between the centers, up from the car, of a ball on its roof; 130 at rest
BESIDE = 100.0  # uu, that it may be off the middle
FLICK_TICKS = 1.0 * TICKS_PER_SECOND  # from the dribble to the flick
FLIP_SPEED = 500.0  # uu/s, what a flip ahead gives
HALF_FLIP_TICKS = 2.0 * TICKS_PER_SECOND  # from the backflip to the wheels


def dribble(state: State, next_state: State, actions: Array) -> Array:
    """1 while a car on the ground carries the ball on its roof.

    Formula: on_ground, roof up (up . z > 0.9), the ball's center 100 to 200 uu above the car's and within 100 uu of its
    middle.
    Range: 0 or 1, each decision.
    Good for: ball control, with starts that have the ball on the roof.
    Source: Karma (ground dribble, 6 beside a goal of 200, zero-sum); GigaLearn forks.
    """
    return _carries(next_state).astype(np.float32)


@with_memory(LONG_AGO)
def flick(ticks: Array, state: State, next_state: State, actions: Array) -> tuple[Array, Array]:
    """How hard a car hits the ball with a flip within a second of a dribble.

    Formula: min(1, |change of the ball's velocity| / 3611 uu/s (130 km/h)) in a decision with contact in which the car
    flips.
    Memory: ticks since the ball lay on its roof.
    Range: 0 to 1, an event.
    Good for: ending a dribble with a shot.
    Source: GigaLearn forks (`FlickReward` and six more).
    """
    xp = namespace(ticks)
    ticks = xp.where(_carries(next_state), 0.0, ticks + decision_ticks(state, next_state))
    flips = contact(next_state) & (next_state.is_flipping > 0) & (ticks <= FLICK_TICKS)
    value = flips.astype(np.float32) * (velocity_change(next_state) / HARD_TOUCH).clip(0, 1)
    return xp.where(flips, LONG_AGO, ticks), value


def wavedash(state: State, next_state: State, actions: Array) -> Array:
    """1 where a car lands on its wheels in the middle of a flip, which keeps its push.

    Formula: is_flipping in the air, on the wheels within the decision; or all of it within one: a flip pressed in the
    air, a push of more than 300 uu/s, and on the wheels without a jump.
    Range: 0 or 1, an event.
    Good for: speed without boost; late, as it makes bots jump and flip at random from the start.
    Source: GigaLearn `WavedashReward`; rlgym-tools `WavedashReward`.
    """
    return wavedashed(state, next_state, actions).astype(np.float32)


def flip_speed(state: State, next_state: State, actions: Array) -> Array:
    """How much faster a flip makes the car as it begins; slower is worth as much less than nothing.

    Formula: (|velocity after| - |velocity before|) / 500 uu/s of the decision in which a flip began.
    Range: -1 to 1, an event: 1 for a flip ahead at less than 1800 uu/s.
    Good for: forward flips for speed, and against backflips while driving ahead.
    Source: ours, after what `duel` lacks beside Nexto: 482 uu/s lost with every flip.
    """
    gained = length(next_state.velocity) - length(state.velocity)
    return flip_began(state, next_state).astype(np.float32) * (gained / FLIP_SPEED).clip(-1, 1)


class Turn(NamedTuple):
    """What a car remembers of its backflip."""

    heading: Any  # [3], where the nose pointed when it began; 0 without one
    ticks: Any  # since then


@with_memory(Turn(np.zeros(3, np.float32), LONG_AGO))
def half_flip(turn: Turn, state: State, next_state: State, actions: Array) -> tuple[Turn, Array]:
    """1 where a car that backflipped comes down on its wheels, facing and driving the other way, within 2 s.

    Formula: landing with forward . heading < -0.7, up . z > 0.7 and velocity . forward > 0, heading as the flip began.
    Memory: that heading, and the ticks since.
    Range: 0 or 1, an event.
    Good for: turning around fast; with starts that face away from the ball.
    Source: GigaLearn forks (`HalfFlipReward`); Opti's half-flip model.
    """
    xp = namespace(turn.ticks)
    back = flip_began(state, next_state) & (next_state.flip_direction[..., 0] < -0.7)
    heading = xp.where(back[..., None], state.forward, turn.heading)
    ticks = xp.where(back, 0.0, turn.ticks + decision_ticks(state, next_state))
    turned = (next_state.forward * heading).sum(-1) < -0.7
    drives = (next_state.velocity * next_state.forward).sum(-1) > 0
    down = landed(state, next_state)
    done = down & turned & drives & (next_state.up[..., 2] > 0.7) & (ticks <= HALF_FLIP_TICKS)
    forget = down | (next_state.demoed > 0)
    return Turn(xp.where(forget[..., None], 0.0, heading), xp.where(forget, LONG_AGO, ticks)), done.astype(np.float32)


def _carries(state: State) -> Array:
    """bool `[..., C]`: the ball lies on the car's roof, the car on its wheels."""
    offset = state.ball_position[..., None, :] - state.position
    above = (offset * state.up).sum(-1)
    ahead = abs((offset * state.forward).sum(-1))
    aside = abs((offset * right_of(state.forward, state.up)).sum(-1))
    low, high = ON_ROOF
    placed = (above > low) & (above < high) & (ahead < BESIDE) & (aside < BESIDE)
    return placed & (state.on_ground > 0) & (state.up[..., 2] > 0.9)
