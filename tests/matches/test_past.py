"""Which past selves are kept, and who of them is met."""

import numpy as np
import pytest

from jaxrl.matches.past import LEAST, PastSelf, Pool, Standing, chances


def past(env_steps, win_rate=0.5):
    return PastSelf(env_steps, {"weight": np.array([env_steps], np.float32)}, Standing(win_rate))


def test_ages_grow_geometrically():
    """After 1,000 saves 8 are left: the first and the newest two among them, and each gap in age is about a factor."""
    pool = Pool(8)
    for step in range(1, 1001):
        pool.add(past(step))
        assert len(pool.selves) == min(step, 8)
    steps = [each.env_steps for each in pool.selves]
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert steps[-2:] == [999, 1000]
    ages = 1000 - np.array(steps[:-1])
    factors = ages[:-1] / ages[1:]
    assert factors.min() > 1.4
    assert factors.max() < 9, "evenly spaced ones would be up to 143, 1.2 apart"


def test_the_newest_is_always_there():
    pool = Pool(1)
    for step in range(1, 5):
        pool.add(past(step))
        assert [each.env_steps for each in pool.selves] == [step]


def test_who_still_wins_is_met_most():
    """Hand-worked: (1 - 0.5)^2, (1 - 0.9)^2 and (1 - 0)^2, and a little for everybody."""
    found = chances([past(1, 0.5), past(2, 0.9), past(3, 0.0), past(4, 1.0)])
    weights = np.array([0.25, 0.01, 1, 0]) + LEAST
    np.testing.assert_allclose(found, weights / weights.sum())
    assert found.min() > 0.01


@pytest.mark.parametrize(("results", "expected"), [((), 0.5), ((1,), 0.75), ((0, 0), 1 / 6), ((0.5,) * 50, 0.5)])
def test_win_rates_begin_in_the_middle(results, expected):
    """As if one game had been drawn before the first."""
    standing = Standing()
    for result in results:
        standing.count(result)
    assert standing.games == len(results)
    assert standing.win_rate == pytest.approx(expected)


def test_a_win_rate_forgets():
    """After 1,000 lost games 300 won ones show: 1 - 0.99^300 = 0.95."""
    standing = Standing()
    for result in [0] * 1000 + [1] * 300:
        standing.count(result)
    assert standing.win_rate == pytest.approx(1 - 0.99**300, abs=0.005)


def test_one_whose_numbers_are_not_finite_cannot_play():
    one = past(1)
    assert one.is_finite
    one.weights["weight"][0] = np.nan
    assert not one.is_finite
