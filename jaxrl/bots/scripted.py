"""Players of fixed strength that need no training, the weakest first."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from jaxrl.bots.tactics import race, strike
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION, NUM_ACTIONS
from jaxrl.game.field import far_right
from jaxrl.game.state import Array, namespace, unpack

STEER_ANGLE = 0.1  # rad: steer if the ball is further to the side than this
SLIDE_ANGLE = 1.8  # rad: use the handbrake if the ball is this far behind


def _drive(steer: int, boost: int, handbrake: int) -> int:
    """Index of the action that drives forwards with these controls."""
    controls = np.array([1, steer, 0, steer, 0, 0, boost, handbrake])
    return int(np.flatnonzero(np.equal(controls, ACTION_TABLE).all(axis=1))[0])


STRAIGHT_BOOST = _drive(0, 1, 0)
TURN = np.array([_drive(-1, 0, 0), _drive(1, 0, 0)], np.int32)  # left, right
SLIDE = np.array([_drive(-1, 0, 1), _drive(1, 0, 1)], np.int32)


@dataclass(frozen=True)
class Scripted(ABC):
    """A player without memory whose timing is whatever it is given, see `jaxrl.bots.player`."""

    tick_skip: int
    action_delay_ticks: int

    def start(self, num_matches: int) -> None:
        """Return no memory."""
        return None

    @abstractmethod
    def choose(self, states: Array, uniforms: Array) -> Array:
        """Actions `[N, C]` int32 of all cars."""

    def act(self, memory: None, states: Array, starts: Array, uniforms: Array) -> tuple[None, Array]:
        """Choose an action for every car, see `Player.act`."""
        return None, self.choose(states, uniforms)


class Idle(Scripted):
    """Presses nothing."""

    name = "idle"

    def choose(self, states: Array, uniforms: Array) -> Array:
        """The neutral action for all cars, `[N, C]` int32."""
        return namespace(uniforms).full(uniforms.shape, NEUTRAL_ACTION, np.int32)


class Random(Scripted):
    """Draws every action of the table with the same probability."""

    name = "random"

    def choose(self, states: Array, uniforms: Array) -> Array:
        """Any action for each car, `[N, C]` int32."""
        return (uniforms * NUM_ACTIONS).astype(np.int32)


class Chaser(Scripted):
    """Drives at the ball."""

    name = "chaser"

    def choose(self, states: Array, uniforms: Array) -> Array:
        """The actions of `chase`, `[N, C]` int32."""
        return chase(states)


class Striker(Scripted):
    """Gets behind the ball, shoots at the goal, turns back to defend, and looks after its boost. Never jumps."""

    name = "striker"

    def choose(self, states: Array, uniforms: Array) -> Array:
        """The actions of `strike`, `[N, C]` int32."""
        return strike(states, uniforms)


class Racer(Scripted):
    """A striker that also flips: for speed, into the ball, and at kickoffs."""

    name = "racer"

    def choose(self, states: Array, uniforms: Array) -> Array:
        """The actions of `race`, `[N, C]` int32."""
        return race(states, uniforms)


SCRIPTED = {player.name: player for player in (Idle, Random, Chaser, Striker, Racer)}


def chase(states: Array) -> Array:
    """Actions `[..., C]` int32 of cars that all chase the ball, in raw states `[..., F]`."""
    xp = namespace(states)
    state = unpack(states)
    offset = state.ball_position[..., None, :] - state.position
    ahead = (offset * state.forward).sum(-1)
    right = far_right(offset, state.forward)
    angle = xp.arctan2(right, ahead)
    side = (angle > 0).astype(np.int32)
    turning = xp.where(xp.abs(angle) > SLIDE_ANGLE, xp.asarray(SLIDE)[side], xp.asarray(TURN)[side])
    return xp.where(xp.abs(angle) < STEER_ANGLE, STRAIGHT_BOOST, turning).astype(np.int32)
