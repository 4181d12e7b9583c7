"""What happens in a play: in which tick for the first time, and what it leads to."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks.parity.play import Played

KNOCK = 40.0  # uu/s in a tick: gravity, engine and boost together change a velocity by less than 15
LATER = 4  # ticks after which what an event led to is compared: contacts may last more than one


class Event(NamedTuple):
    """An event: when it happens, and what is compared `later` ticks after it."""

    happens: Callable[[Played], np.ndarray]  # [T, N] bool, of the states after each tick
    what: str
    unit: str
    outcome: Callable[[Played], np.ndarray]  # [T + 1, N, K]
    later: int = LATER


def _knocked(velocity: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(velocity, axis=0), axis=-1) > KNOCK


def _turns(flags: np.ndarray, on: bool) -> np.ndarray:
    return (flags[1:] > 0.5) & (flags[:-1] < 0.5) if on else (flags[1:] < 0.5) & (flags[:-1] > 0.5)


def _ball(played: Played) -> np.ndarray:
    return played.states.ball_velocity


def _blue(played: Played) -> np.ndarray:
    return played.states.velocity[:, :, 0]


def _orange(played: Played) -> np.ndarray:
    return played.states.velocity[:, :, 1]


EVENTS = {
    "take-off": Event(lambda p: _turns(p.states.on_ground[:, :, 0], False), "velocity of the car", "uu/s", _blue),
    "landing": Event(lambda p: _landing(p), "velocity of the car", "uu/s", _blue),
    "hit": Event(lambda p: (p.states.ticks_since_contact[1:] == 0).any(axis=-1), "velocity of the ball", "uu/s", _ball),
    "bounce": Event(lambda p: _knocked(_ball(p)), "velocity of the ball", "uu/s", _ball),
    "bump": Event(lambda p: _knocked(_orange(p)), "velocity of the car that was hit", "uu/s", _orange),
    "demolition": Event(lambda p: _turns(p.states.demoed[:, :, 1], True), "velocity of the other", "uu/s", _blue),
    "respawn": Event(
        lambda p: _turns(p.states.demoed[:, :, 1], False), "boost", "0 to 100", lambda p: p.states.boost[:, :, 1:], 0
    ),
    "pad taken": Event(
        lambda p: _turns(p.states.pads, False).any(axis=-1), "boost", "0 to 100", lambda p: p.states.boost[:, :, :1], 1
    ),
    "pad back": Event(
        lambda p: _turns(p.states.pads, True).any(axis=-1), "boost", "0 to 100", lambda p: p.states.boost[:, :, :1], 0
    ),
    "goal": Event(lambda p: ~p.running[1:], "velocity of the ball", "uu/s", _ball, 0),
}


def _landing(played: Played) -> np.ndarray:
    """On the ground again, after at least half a second in which it was not, so that the start does not count."""
    on = played.states.on_ground[:, :, 0] > 0.5
    aloft = np.zeros(on.shape, int)
    for t in range(1, len(on)):
        aloft[t] = np.where(on[t], 0, aloft[t - 1] + 1)
    return on[1:] & (aloft[:-1] >= 30)


class Compared(NamedTuple):
    """One event in two plays of N variations."""

    both: int
    alone: tuple[int, int]  # in the first and in the second play only
    ticks_later: np.ndarray  # [both], in the second play
    apart: np.ndarray  # [both], what it led to, each play from its own event on


def compare(name: str, a: Played, b: Played) -> Compared:
    """Compare the first time of an event in two plays."""
    event = EVENTS[name]
    (ticks_a, has_a), (ticks_b, has_b) = (_first(event.happens(played)) for played in (a, b))
    last = len(a.running) - 1
    which = np.flatnonzero(has_a & has_b)
    outcomes = [
        event.outcome(played)[np.minimum(ticks[which] + event.later, last), which]
        for played, ticks in ((a, ticks_a), (b, ticks_b))
    ]
    return Compared(
        both=len(which),
        alone=(int((has_a & ~has_b).sum()), int((has_b & ~has_a).sum())),
        ticks_later=(ticks_b - ticks_a)[which],
        apart=np.linalg.norm(outcomes[0] - outcomes[1], axis=-1),
    )


def _first(happens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of ticks played when it first happened `[N]`, and whether it did."""
    return happens.argmax(axis=0) + 1, happens.any(axis=0)
