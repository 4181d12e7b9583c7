"""What happened in matches, counted from their moments."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from jaxrl.game.field import CAR_MAX_SPEED, TICKS_PER_SECOND
from jaxrl.game.figures import FIGURES, Sums, add, measure, values
from jaxrl.game.figures.block import decisions
from jaxrl.game.figures.sums import AHEAD_SECONDS
from jaxrl.game.rewards.basic import goals_by_car, speed_to_ball
from jaxrl.game.rewards.touches import touch
from jaxrl.game.state import Array, unpack
from jaxrl.matches.play import Moment

CHUNK = 32  # moments of a group that are counted at once
ALL_FIGURES = tuple(FIGURES.values())


@dataclass(frozen=True)
class MatchFigures:
    """The figures of both players in M matches, as sums that can be added up."""

    sums: Sums  # [K, M, C] each, of ALL_FIGURES
    mine: np.ndarray  # [M, C] bool: the first player's cars
    tick_skip: int  # ticks of a decision

    def __add__(self, later: "MatchFigures") -> "MatchFigures":
        """The same matches, played on."""
        return MatchFigures(add(ALL_FIGURES, self.sums, later.sums), self.mine, self.tick_skip)

    def own(self) -> dict[str, float]:
        """Each figure of the first player; NaN where there is none."""
        return self._of(self.mine)

    def opponents(self) -> dict[str, float]:
        """Each figure of the second player."""
        return self._of(~self.mine)

    def _of(self, cars: np.ndarray) -> dict[str, float]:
        found = values(ALL_FIGURES, self.sums, self.tick_skip, cars)
        return {name: float(value) for name, value in found.items()}


@dataclass(frozen=True)
class Tally:
    """Goals and figures of M matches of the same length; arrays `[M]` float64 are the first player's."""

    minutes: float  # of game, each match
    goals: np.ndarray
    against: np.ndarray  # goals of the second player
    touches: np.ndarray  # per car
    approach: np.ndarray  # uu that its cars drove towards the ball, per car
    figures: MatchFigures | None = None  # None where nobody counted

    def __add__(self, later: "Tally") -> "Tally":
        """The same matches, played on."""
        figures = None if self.figures is None or later.figures is None else self.figures + later.figures
        return Tally(
            self.minutes + later.minutes,
            self.goals + later.goals,
            self.against + later.against,
            self.touches + later.touches,
            self.approach + later.approach,
            figures,
        )

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


def tally(moments: Iterable[Moment], mine: np.ndarray, tick_skip: int, figures: bool = True) -> Tally:
    """Count what happened in `moments`, decisions of `tick_skip` ticks; `mine` `[M, C]` are the first player's cars.

    With `figures` also all figures of play.
    """
    counts = np.zeros((4, len(mine)))  # as in Tally
    sums = Sums(*np.zeros((2, len(ALL_FIGURES), *mine.shape), np.float64))
    ahead = decisions(AHEAD_SECONDS, tick_skip)  # which only show what became of what is counted
    waiting: dict[int, list[Moment]] = {}  # by the group's first match
    most = 0

    def count(group: list[Moment], number: int) -> None:
        """Count the first `number` moments of a group."""
        members = group[0].matches
        counts[:, members] += _count(group[:number], mine[members], tick_skip)
        if not figures:
            return
        before = Sums(*(each[:, members] for each in sums))
        for total, more in zip(sums, add(ALL_FIGURES, before, _figures(group, number, tick_skip)), strict=True):
            total[:, members] = more

    for moment in moments:
        group = waiting.setdefault(moment.matches.start, [])
        group.append(moment)
        most += moment.matches.start == 0
        if len(group) == CHUNK + ahead:
            count(group, CHUNK)
            del group[:CHUNK]
    for group in filter(None, waiting.values()):
        count(group, len(group))
    minutes = most * tick_skip / (60 * TICKS_PER_SECOND)
    return Tally(minutes, *counts, MatchFigures(sums, mine, tick_skip) if figures else None)


def match_figures(
    states: Array, next_states: Array, actions: Array, ended: Array, mine: np.ndarray, tick_skip: int
) -> MatchFigures:
    """All figures of T decisions in M matches: `[T, M, F]` twice, `[T, M, C]`, `[T, M]` and `[M, C]`; numpy."""
    return MatchFigures(measure(ALL_FIGURES, states, next_states, actions, ended, tick_skip), mine, tick_skip)


def _figures(moments: list[Moment], counted: int, tick_skip: int) -> Sums:
    """The sums of all figures in the first `counted` decisions of a group, `[K, n, C]` each."""
    return measure(
        ALL_FIGURES,
        np.stack([moment.states for moment in moments]),
        np.stack([moment.next_states for moment in moments]),
        np.stack([moment.actions for moment in moments]),
        np.stack([moment.ended for moment in moments]),
        tick_skip,
        counted=counted,
    )


def _count(moments: list[Moment], mine: np.ndarray, tick_skip: int) -> np.ndarray:
    """Goals, goals against, touches and approach of some decisions of a group, `[4, n]`; `mine` `[n, C]`."""
    before = unpack(np.stack([moment.states for moment in moments]))
    after = unpack(np.stack([moment.next_states for moment in moments]))
    goals = goals_by_car(before, after)
    approach = speed_to_ball(before, after, None) * (CAR_MAX_SPEED * tick_skip / TICKS_PER_SECOND)
    per_car = np.stack([goals[..., 0], goals[..., 1], touch(before, after, None), approach])  # [4, T, n, C]
    return (per_car * mine).sum((1, 3), dtype=np.float64) / (mine.shape[1] // 2)
