"""Intervals of rates and shares, against other ways to the same number."""

import numpy as np
import pytest
from scipy import stats

from jaxrl.matches.statistics import Estimate, rate, share


def test_rates_are_per_minute_with_students_interval():
    counts = np.array([3, 5, 4, 8.0])
    found = rate(counts, minutes=2.0)
    low, high = stats.ttest_1samp(counts / 2, 0).confidence_interval(0.95)
    assert (found.mean, found.low, found.high) == pytest.approx((2.5, low, high))


def test_wilson_interval_by_hand():
    """Wilson 1927: center (p + z^2/2n) / (1 + z^2/n), z = 1.96."""
    n, z = 64, stats.norm.ppf(0.975)
    p = 57 / n
    center, spread = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    found = share(57, n)
    assert found.low == pytest.approx((center - spread) / (1 + z**2 / n))
    assert found.high == pytest.approx((center + spread) / (1 + z**2 / n))


def test_how_estimates_are_written():
    assert str(Estimate(1.234, 1.1, -0.5)) == "1.23 (1.10 to -0.50)"
    assert Estimate(0.567, 0.5, 0.64).percent == "57% (50% to 64%)"
