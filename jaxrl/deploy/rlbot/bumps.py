"""Bumps, which RLBot does not report: by RocketSim's rule, from where cars were and how they moved.

A car bumps another that it touches with its front while it moves towards it faster than that one moves away, but the
same one not again within a quarter of a second. A supersonic car demolishes an opponent instead.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from jaxrl.deploy.rlbot.car import is_demolished
from jaxrl.deploy.rlbot.surfaces import HALF_SIZE, OFFSET
from jaxrl.deploy.rlbot.vectors import axes, vector
from jaxrl.game.field import CAR_MAX_SPEED, TICKS_PER_SECOND, right_of

NEAR = 180.0  # uu between two cars that touch, at most
COOLDOWN_TICKS = 30
FRONT = 64.5  # uu ahead of a car's middle: what touches from there on is its front
STANDS = 1.0  # uu/s: a car that is no faster stands, and where it trembles to means nothing
MOST_TICKS = 8  # between two packets in which bumps are looked for

# the front as a box of its own
FRONT_END = OFFSET[0] + HALF_SIZE[0]
FRONT_HALF = np.array([(FRONT_END - FRONT) / 2, *HALF_SIZE[1:]])
FRONT_OFFSET = np.array([(FRONT_END + FRONT) / 2, *OFFSET[1:]])


class Bumps:
    """Bumps of all cars in this episode."""

    def __init__(self) -> None:
        self.inflicted: Counter[int] = Counter()  # by car
        self.suffered: Counter[int] = Counter()
        self._before: list[Any] = []  # players of the packet before
        self._tick = 0
        self._last: dict[int, tuple[int, int]] = {}  # whom each car bumped last, and at which tick

    def start_episode(self) -> None:
        """Count from 0, as from a kickoff on."""
        self.inflicted.clear()
        self.suffered.clear()
        self._last.clear()
        self._before = []

    def watch(self, players: Sequence[Any], ticks: int) -> None:
        """Look for bumps since the packet before, `ticks` ago."""
        before, self._before = self._before, list(players)
        if ticks and len(before) == len(players):
            pairs = enumerate(zip(before, players, strict=True))
            whole = [i for i, (then, now) in pairs if not (is_demolished(then) or is_demolished(now))]
            places = {i: before[i].physics.location for i in whole}
            reach = (NEAR + 2 * CAR_MAX_SPEED * (min(ticks, MOST_TICKS) - 1) / TICKS_PER_SECOND) ** 2
            for i, j in combinations(whole, 2):
                a, b = places[i], places[j]
                if (a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2 < reach:
                    self._look({i: _Body(before[i]), j: _Body(before[j])}, min(ticks, MOST_TICKS))
        self._tick += ticks

    def _look(self, bodies: dict[int, "_Body"], ticks: int) -> None:
        for tick in range(ticks):
            seconds = tick / TICKS_PER_SECOND
            for bumper, victim in (tuple(bodies), tuple(bodies)[::-1]):
                whom, when = self._last.get(bumper, (-1, 0))
                if whom == victim and self._tick + tick - when < COOLDOWN_TICKS:
                    continue
                if bodies[bumper].bumps(bodies[victim], seconds):
                    self.inflicted[bumper] += 1
                    self.suffered[victim] += 1
                    self._last[bumper] = victim, self._tick + tick


class _Body:
    """A car at the moment of a packet, and where it is a little later if nothing happens to it."""

    def __init__(self, player: Any) -> None:
        body = player.physics
        self.position, self.velocity = vector(body.location), vector(body.velocity)
        forward, up = axes(body.rotation)
        self.axes = np.stack([forward, right_of(forward, up), up])  # [3, 3]
        self.team, self.is_supersonic = player.team, player.is_supersonic

    def bumps(self, other: "_Body", seconds: float) -> bool:
        """Whether this car bumps the other one after so many seconds."""
        if self.is_supersonic and self.team != other.team:
            return False
        here, there = self.position + self.velocity * seconds, other.position + other.velocity * seconds
        towards = there - here
        approach, speed = self.velocity @ towards, np.linalg.norm(self.velocity)
        if approach <= 0 or speed < STANDS:
            return False
        away = other.velocity @ self.velocity / speed
        if approach / np.linalg.norm(towards) <= away:
            return False
        apart = there + OFFSET @ other.axes - here - FRONT_OFFSET @ self.axes
        return _touch(apart, self.axes, FRONT_HALF, other.axes, HALF_SIZE)


def _touch(apart: np.ndarray, a: np.ndarray, half_a: np.ndarray, b: np.ndarray, half_b: np.ndarray) -> bool:
    """Whether two boxes overlap: no axis separates them. `a` and `b` `[3, 3]` are their axes, `apart` `[3]` uu."""
    crossed = np.cross(a[:, None], b[None]).reshape(9, 3)
    candidates = np.concatenate([a, b, crossed[np.abs(crossed).sum(axis=1) > 1e-6]])
    room = np.abs(candidates @ a.T) @ half_a + np.abs(candidates @ b.T) @ half_b
    return bool((np.abs(candidates @ apart) <= room).all())
