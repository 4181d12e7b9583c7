"""What happened in matches, counted from their moments."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from jaxrl.game.field import CAR_MAX_SPEED, TICKS_PER_SECOND
from jaxrl.game.rewards.basic import goals_by_car, speed_to_ball
from jaxrl.game.rewards.touches import touch
from jaxrl.game.state import unpack
from jaxrl.matches.play import Moment

CHUNK = 32  # moments of a group that are counted at once


@dataclass(frozen=True)
class Tally:
    """Goals and figures of M matches of the same length; arrays `[M]` float64 are the first player's."""

    minutes: float  # of game, each match
    goals: np.ndarray
    against: np.ndarray  # goals of the second player
    touches: np.ndarray  # per car
    approach: np.ndarray  # uu that its cars drove towards the ball, per car

    def __add__(self, later: "Tally") -> "Tally":
        """The same matches, played on."""
        return Tally(*(getattr(self, field.name) + getattr(later, field.name) for field in fields(self)))

    @property
    def difference(self) -> np.ndarray:
        """`[M]` goals more than the second player's."""
        return self.goals - self.against

    @property
    def wins(self) -> int:
        """Number of matches that the first player won."""
        return int((self.difference > 0).sum())

    @property
    def draws(self) -> int:
        """Number of matches that ended level."""
        return int((self.difference == 0).sum())

    @property
    def losses(self) -> int:
        """Number of matches that the second player won."""
        return int((self.difference < 0).sum())


def tally(moments: Iterable[Moment], mine: np.ndarray, tick_skip: int) -> Tally:
    """Count what happened in `moments`, decisions of `tick_skip` ticks; `mine` `[M, C]` are the first player's cars."""
    counts = np.zeros((4, len(mine)))  # as in Tally
    waiting: dict[int, list[Moment]] = {}  # by the group's first match
    most = 0
    for moment in moments:
        group = waiting.setdefault(moment.matches.start, [])
        group.append(moment)
        most += moment.matches.start == 0
        if len(group) == CHUNK:
            counts[:, moment.matches] += _count(group, mine[moment.matches], tick_skip)
            group.clear()
    for group in filter(None, waiting.values()):
        counts[:, group[0].matches] += _count(group, mine[group[0].matches], tick_skip)
    return Tally(most * tick_skip / (60 * TICKS_PER_SECOND), *counts)


def _count(moments: list[Moment], mine: np.ndarray, tick_skip: int) -> np.ndarray:
    """Goals, goals against, touches and approach of some decisions of a group, `[4, n]`; `mine` `[n, C]`."""
    before = unpack(np.stack([moment.states for moment in moments]))
    after = unpack(np.stack([moment.next_states for moment in moments]))
    goals = goals_by_car(before, after)
    approach = speed_to_ball(before, after, None) * (CAR_MAX_SPEED * tick_skip / TICKS_PER_SECOND)
    per_car = np.stack([goals[..., 0], goals[..., 1], touch(before, after, None), approach])  # [4, T, n, C]
    return (per_car * mine).sum((1, 3), dtype=np.float64) / (mine.shape[1] // 2)
