"""From the matches of a ladder to its table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from jaxrl.matches.ladder.cycles import CycleTest, Surprise, cycle_test
from jaxrl.matches.ladder.entrants import shown
from jaxrl.matches.ladder.ratings import Ratings, fit
from jaxrl.matches.ladder.records import Match, labels
from jaxrl.matches.ladder.results import Results
from jaxrl.matches.statistics import Estimate, rate
from jaxrl.sim.engine import NAMES

By = Literal["matches", "goals"]

SECONDS = 300.0  # in which goal differences are counted
ANCHOR = "random"
MAX_NAMED, CLEAR = 3, 2.0  # pairs that break the order, and how many standard deviations that takes


@dataclass(frozen=True)
class Standing:
    """A row of the table."""

    player: str
    elo: float  # NaN without a rating
    low: float
    high: float
    is_anchor: bool
    won: int
    drawn: int
    lost: int
    difference: Estimate | None  # goals in 5 minutes, over all matches; None for fewer than two

    @property
    def matches(self) -> int:
        """How many it has played."""
        return self.won + self.drawn + self.lost


@dataclass(frozen=True)
class Standings:
    """The table, the strongest player first, and what has to be said about it."""

    rows: tuple[Standing, ...]
    test: CycleTest
    notes: tuple[str, ...]


def results_of(matches: Sequence[Match], by: By, others: Sequence[str] = ()) -> Results:
    """Count wins and draws, or goals by both sides, of who played and `others`, who need not have.

    Every goal is followed by a kickoff, so who scores next does not depend on the score: a goal is a little match that
    one of the two wins. That holds for Poisson goals at any rates: given how many fell, each is a's with the chance
    rate(a) / (rate(a) + rate(b)), and ratings by goals are 400 log10 of goals to goals against.
    """
    results = Results.empty(list(dict.fromkeys([*dict(labels(matches)), *others])))
    numbers = {player: number for number, player in enumerate(results.players)}
    for match in matches:
        goals = match.a_goals, match.b_goals
        outcome = (goals[0] > goals[1], goals[0] == goals[1], goals[0] < goals[1])
        counts = (goals[0], 0, goals[1]) if by == "goals" else outcome
        results.add(numbers[match.a], numbers[match.b], *map(float, counts))
    return results


def dispersion_of(matches: Sequence[Match], by: By) -> float:
    """By how much more goals vary from match to match than if each were drawn by itself: Pearson's statistic, or 1."""
    if by == "matches":
        return 1.0
    goals: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for match in matches:
        if match.a_goals + match.b_goals:
            first, second = (match.a_goals, match.b_goals) if match.a < match.b else (match.b_goals, match.a_goals)
            goals.setdefault((min(match.a, match.b), max(match.a, match.b)), []).append((first, second))
    return dispersion(goals.values())


def dispersion(pairs: Iterable[Sequence[Sequence[float]] | np.ndarray]) -> float:
    """The same of goals by both sides in every match of each pair of players."""
    statistic, freedom = 0.0, 0
    for goals in pairs:
        counts = np.array(goals).reshape(-1, 2)
        counts = counts[counts.any(axis=1)]
        own, total = counts[:, 0], counts.sum(1)
        if not len(own):
            continue
        share = own.sum() / total.sum()
        if 0 < share < 1:
            statistic += float(((own - total * share) ** 2 / (total * share * (1 - share))).sum())
            freedom += len(own) - 1
    return max(1.0, statistic / freedom) if freedom else 1.0


def standings(matches: Sequence[Match], anchors: Mapping[str, float], by: By) -> Standings:
    """Rate everybody in `matches`, of one mode; `anchors` are the ratings of identities that are fixed, Elo.

    Where one order does not explain who beats whom, a rating depends on who was met, and intervals grow by as much as
    pairs are off.
    """
    results, dispersion = results_of(matches, by), dispersion_of(matches, by)
    test = cycle_test(results, dispersion)
    ratings = fit(results, anchors, dispersion * test.misfit)
    names = shown(labels(matches))
    rows = [_row(number, player, ratings, matches, names, anchors) for number, player in enumerate(results.players)]
    rows.sort(key=lambda row: (np.isnan(row.elo), -row.elo))
    notes = [*_mixed(matches), *_unconnected(ratings, names), *_cycles(test, names, by)]
    return Standings(tuple(rows), test, tuple(notes))


def _row(
    number: int,
    player: str,
    ratings: Ratings,
    matches: Sequence[Match],
    names: Mapping[str, str],
    anchors: Mapping[str, float],
) -> Standing:
    own = [match for match in matches if player in (match.a, match.b)]
    signs = np.array([1 if match.a == player else -1 for match in own])
    ahead = signs * np.array([match.a_goals - match.b_goals for match in own])
    rates = ahead * SECONDS / np.array([match.seconds for match in own])
    return Standing(
        names[player],
        *(float(each[number]) for each in (ratings.elo, ratings.low, ratings.high)),
        is_anchor=player in anchors,
        won=int((ahead > 0).sum()),
        drawn=int((ahead == 0).sum()),
        lost=int((ahead < 0).sum()),
        difference=rate(rates, 1) if len(own) > 1 else None,
    )


def _mixed(matches: Sequence[Match]) -> list[str]:
    """What keeps matches from being alike."""
    lengths = sorted({round(match.seconds / 60, 1) for match in matches})
    engines = sorted({match.physics for match in matches})
    notes = []
    if len(lengths) > 1:
        notes.append(f"matches of {', '.join(f'{length:g}' for length in lengths)} minutes are rated together")
    if len(engines) > 1:
        notes.append(f"matches in {' and '.join(NAMES.get(engine, engine) for engine in engines)} are rated together")
    return notes


def _unconnected(ratings: Ratings, names: Mapping[str, str]) -> list[str]:
    if not ratings.unconnected:
        return []
    return [f"no matches connect {', '.join(names[one] for one in ratings.unconnected)} with an anchor: no rating"]


def _cycles(test: CycleTest, names: Mapping[str, str], by: By) -> list[str]:
    if np.isnan(test.p):
        return ["too few pairs have met to say whether there is one order of strength"]
    chance = f"p = {test.p:.2g}" if test.p >= 0.001 else "p < 0.001"
    if test.is_one_order:
        return [
            f"no sign of cycles: one order explains who beats whom ({chance}, {test.freedom} pairs more than needed)"
        ]
    worst = sorted(test.surprises, key=lambda one: (not one.is_against_the_order, -one.z))
    told = "; ".join(_told(one, names, by) for one in worst[:MAX_NAMED] if one.z > 2)
    wider = f"intervals are {np.sqrt(test.misfit):.1f} times as wide for it"
    return [f"one order does not explain who beats whom ({chance}; {wider}): {told or 'many pairs by a little'}"]


def _told(one: Surprise, names: Mapping[str, str], by: By) -> str:
    what = "goals" if by == "goals" else "matches with a winner"
    against = ", against the order" if one.is_against_the_order else ""
    return (
        f"{names[one.player]} won {100 * one.share:.0f}% of {one.matches} {what} against {names[one.opponent]}, "
        f"{100 * one.expected:.0f}% expected{against}"
    )
