"""Figures of matches with their 95% intervals."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """`1.23 (1.10 to 1.36)`."""
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"

    @property
    def percent(self) -> str:
        """`57% (50% to 64%)`, of a share."""
        return f"{100 * self.mean:.0f}% ({100 * self.low:.0f}% to {100 * self.high:.0f}%)"


def rate(counts: np.ndarray, minutes: float) -> Estimate:
    """Estimate a count per minute of game from matches `[M]` of the same length (Student's t; M of 2 or more)."""
    mean, error = float(counts.mean() / minutes), stats.sem(counts) / minutes
    margin = float(stats.t.ppf(0.975, len(counts) - 1) * error)
    return Estimate(mean, mean - margin, mean + margin)


def share(count: int, matches: int) -> Estimate:
    """Estimate a share of matches (Wilson)."""
    interval = stats.binomtest(count, matches).proportion_ci(method="wilson")
    return Estimate(count / matches, float(interval.low), float(interval.high))
