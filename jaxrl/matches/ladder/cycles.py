"""Is there one order of strength at all? Or does A beat B, B beat C, and C beat A?"""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import xlogy

from jaxrl.matches.ladder.ratings import fit
from jaxrl.matches.ladder.results import Results, groups

WIDE_ELO = 20_000.0  # a prior that holds back nothing
UNLIKELY = 0.05  # p below which there is not one order


@dataclass(frozen=True)
class Surprise:
    """A pair whose matches are not as the ratings say. Shares are of matches with a winner."""

    player: str  # who won more often than expected
    opponent: str
    share: float  # that it won
    expected: float
    matches: int  # with a winner
    z: float  # standard deviations beyond the expectation

    @property
    def is_against_the_order(self) -> bool:
        """Whether it won more often than not, though it is rated below the opponent."""
        return self.share > 0.5 > self.expected


@dataclass(frozen=True)
class CycleTest:
    """Whether one rating a player explains who wins against whom."""

    p: float  # chance of results as far from one order as these, if there is one; NaN if the pairs cannot tell
    freedom: int  # pairs more than it takes to rate
    surprises: tuple[Surprise, ...]  # the most surprising first
    misfit: float  # by what factor pairs are off beyond chance, as a variance; 1 where one order explains them

    @property
    def is_one_order(self) -> bool:
        """Whether results are such as one order brings; True where the pairs cannot tell."""
        return not self.p < UNLIKELY


def cycle_test(results: Results, dispersion: float = 1.0) -> CycleTest:
    """Test ratings against a chance of its own for every pair, by the likelihood ratio.

    Only matches with a winner count: who wins them depends on the ratings alone, whatever makes players draw.
    `dispersion` as in `jaxrl.matches.ladder.ratings.fit`. The misfit is the statistic a degree of freedom, as in
    quasi-likelihood (P. McCullagh, J. A. Nelder, Generalized Linear Models, 1989, chapter 9).
    """
    statistic, freedom, surprises = 0.0, 0, []
    decisive = results.decisive
    for group in filter(lambda group: len(group) > 1, groups(decisive)):
        members = decisive.of(np.array(group))
        ratings = fit(members, {members.players[0]: 0.0}, prior_elo=WIDE_ELO, intervals=False)
        pairs = np.argwhere(np.triu(members.played > 0, 1))
        freedom += len(pairs) - (len(group) - 1)
        for first, second in pairs.tolist():
            won, lost = members.won[first, second], members.won[second, first]
            chance, _, other = ratings.expected(first, second)
            free = xlogy(won, won / (won + lost)) + xlogy(lost, lost / (won + lost))
            statistic += 2 * (free - xlogy(won, chance) - xlogy(lost, other))
            surprises.append(_surprise(members.players[first], members.players[second], won, lost, chance, dispersion))
    p = float(stats.chi2.sf(statistic / dispersion, freedom)) if freedom else float("nan")
    misfit = max(1.0, statistic / dispersion / freedom) if p < UNLIKELY else 1.0
    return CycleTest(p, freedom, tuple(sorted(surprises, key=lambda surprise: -surprise.z)), misfit)


def _surprise(first: str, second: str, won: float, lost: float, chance: float, dispersion: float) -> Surprise:
    number = won + lost
    if won < number * chance:
        first, second, won, chance = second, first, lost, 1 - chance
    z = (won - number * chance) / np.sqrt(number * chance * (1 - chance) * dispersion)
    return Surprise(first, second, won / number, chance, round(number), float(z))
