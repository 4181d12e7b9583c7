"""Intervals of rates and shares, against other ways to the same number."""

import numpy as np
import pytest
from scipy import stats

from jaxrl.matches.statistics import Estimate, matches_to_tell, rate, share


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


def test_matches_that_tell_by_hand():
    """Mean 0.5, variance (4 * 1.5^2 + 4 * 0.5^2) / 7 = 10/7: (1.9600 + 0.8416)^2 * (10/7) / 0.5^2 = 44.9."""
    assert matches_to_tell(np.array([2, -1, 2, -1, 0, 1, 0, 1.0])) == 100  # not fewer than 100
    # a fifth of that difference, 0.1, takes 25 times as many
    assert matches_to_tell(np.array([2, -1, 2, -1, 0, 1, 0, 1.0]) - 0.4) == 1200  # 1121.3
    assert matches_to_tell(np.array([1, -1, 2, -2.0])) is None


def test_so_many_matches_tell_four_times_in_five():
    """A difference of 0.3 goals with a deviation of 2: (2.8016 * 2 / 0.3)^2 = 348.8 matches; drawn 2,000 times."""
    rng = np.random.default_rng(0)
    sample = rng.normal(0, 1, 1000)
    sample = 0.3 + 2 * (sample - sample.mean()) / sample.std(ddof=1)
    needed = matches_to_tell(sample)
    assert needed == 350
    told = [rate(rng.normal(0.3, 2, needed), 1).low > 0 for _ in range(2000)]
    assert np.mean(told) == pytest.approx(0.8, abs=0.03)


def test_how_estimates_are_written():
    assert str(Estimate(1.234, 1.1, -0.5)) == "1.23 (1.10 to -0.50)"
    assert Estimate(0.567, 0.5, 0.64).percent == "57% (50% to 64%)"
