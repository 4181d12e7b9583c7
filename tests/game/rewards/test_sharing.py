"""Zero-sum and team rewards, worked out by hand."""

import jax
import numpy as np
import pytest

from jaxrl.game.rewards.sharing import Payment, number_of, paid, share

CASES = {
    # 1v1: 4 - 1 * 1, 1 - 1 * 4; half of the opponent's; a team of one has no spirit
    "1v1 zero-sum": ([4, 1], 1, 0, [3, -3]),
    "1v1 half of it": ([4, 1], 0.5, 0, [3.5, -1]),
    "1v1 alone in the team": ([4, 1], 0, 0.7, [4, 1]),
    # 2v2: means 3 and 1; 0.5 * own + 0.5 * mean, then less the opponents' mean
    "2v2 spirit": ([4, 2, 2, 0], 0, 0.5, [3.5, 2.5, 1.5, 0.5]),
    "2v2 all for one": ([4, 2, 2, 0], 0, 1, [3, 3, 1, 1]),
    "2v2 both": ([4, 2, 2, 0], 1, 0.5, [2.5, 1.5, -1.5, -2.5]),
    # 3v3: means 2 and 3; 0.75 * own + 0.25 * mean - 0.5 * the other mean
    "3v3 both": ([6, 0, 0, 1, 2, 6], 0.5, 0.25, [3.5, -1, -1, 0.5, 1.25, 4.25]),
    "nothing": ([6, 0, 0, 1, 2, 6], 0, 0, [6, 0, 0, 1, 2, 6]),
}


@pytest.mark.parametrize("case", CASES)
def test_by_hand(case):
    values, zero_sum, team_spirit, expected = CASES[case]
    np.testing.assert_allclose(share(np.array(values, np.float32), zero_sum, team_spirit), expected, rtol=1e-6)


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_over_time_and_arenas_alike_and_compiled(num_cars):
    values = np.random.default_rng(0).normal(size=(3, 5, num_cars)).astype(np.float32)
    whole = share(values, 0.4, 0.3)
    for t, n in np.ndindex(3, 5):
        np.testing.assert_allclose(whole[t, n], share(values[t, n], 0.4, 0.3), rtol=1e-5, atol=1e-6)
    compiled = jax.jit(share)(values, np.float32(0.4), np.float32(0.3))
    np.testing.assert_allclose(compiled, whole, rtol=1e-5, atol=1e-6)


def test_fully_zero_sum_is_nothing_for_all_cars_together():
    values = np.random.default_rng(1).normal(size=(7, 6)).astype(np.float32)
    np.testing.assert_allclose(share(values, 1, 0.3).sum(-1), 0, atol=1e-5)


def test_the_weight_comes_last():
    """10 x (4 - 1), and a plain weight as ever, also for a term that gives flags."""
    payment = Payment(np.float32(10), np.float32(1), np.float32(0))
    np.testing.assert_array_equal(paid(np.array([4, 1], np.float32), payment), [30, -30])
    np.testing.assert_array_equal(paid(np.array([True, False]), payment), [10, -10])
    np.testing.assert_array_equal(paid(np.array([4, 1], np.float32), 10), [40, 10])
    assert (number_of(payment), number_of(np.float32(3))) == (10, 3)
