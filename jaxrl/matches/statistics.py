"""Figures of matches with their 95% intervals."""

from dataclasses import dataclass
from math import ceil, log10

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


def matches_to_tell(difference: np.ndarray) -> int | None:
    """Estimate how many matches show, 4 times in 5, that a mean difference as large as in `difference` `[M]` is not 0.

    That many matches put it outside its 95% interval with a chance of 80%. Returns two digits, at least 100; None where
    the mean is exactly 0.
    """
    mean, deviation = abs(float(difference.mean())), float(difference.std(ddof=1))
    if mean == 0:
        return None
    quantiles = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    needed = max(100.0, (quantiles * deviation / mean) ** 2)
    unit = 10 ** (int(log10(needed)) - 1)
    return ceil(needed / unit) * unit


def share(count: int, matches: int) -> Estimate:
    """Estimate a share of matches (Wilson)."""
    interval = stats.binomtest(count, matches).proportion_ci(method="wilson")
    return Estimate(count / matches, float(interval.low), float(interval.high))
