"""Ratings: worked by hand, as choix fits them, and of players whose strength is known."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import beta

from jaxrl.matches.ladder.ratings import ELO, fit
from jaxrl.matches.ladder.results import Results

NO_PRIOR = {"prior_elo": np.inf}


def results(players, *rows):
    """Rows of (first, second, won, drawn, lost)."""
    found = Results.empty(players)
    for first, second, *counts in rows:
        found.add(players.index(first), players.index(second), *counts)
    return found


def test_three_wins_a_loss_are_191_points():
    """400 log10(3) = 190.85; the curvature is 40 * 3/4 * 1/4 = 7.5, its deviation 400 / ln 10 / sqrt(7.5) = 63.4."""
    ratings = fit(results("ab", ("b", "a", 30, 0, 10)), {"a": 0.0}, **NO_PRIOR)
    np.testing.assert_allclose(ratings.elo, [0, 190.85], atol=0.01)
    assert ratings.covariance[1, 1] ** 0.5 == pytest.approx(63.43, abs=0.01)
    assert (ratings.low[0], ratings.high[0]) == (0, 0)
    np.testing.assert_allclose(ratings.expected(1, 0), [0.75, 0, 0.25], atol=1e-6)


def test_ends_are_where_the_likelihood_has_fallen():
    """log L of 30 : 10 at 190.85 Elo is -22.49, and at both ends 1.92 less."""
    ratings = fit(results("ab", ("b", "a", 30, 0, 10)), {"a": 0.0}, **NO_PRIOR)
    for end in (ratings.low[1], ratings.high[1]):
        chance = 1 / (1 + 10 ** (-end / 400))
        assert 30 * np.log(chance) + 10 * np.log(1 - chance) == pytest.approx(-22.4934 - 1.92, abs=1e-3)
    assert ratings.low[1] < 190.85 < ratings.high[1]


def test_the_anchor_may_be_anybody_and_anything():
    """Differences stay, whoever is fixed at whatever; two anchors are both where they are said to be."""
    rows = ("a", "b", 12, 5, 20), ("b", "c", 9, 2, 10), ("c", "a", 7, 7, 7)
    first, second = (fit(results("abc", *rows), anchor, **NO_PRIOR) for anchor in ({"a": 0.0}, {"c": 1500.0}))
    np.testing.assert_allclose(second.elo - second.elo[0], first.elo, atol=1e-3)
    both = fit(results("abc", *rows), {"a": 0.0, "c": 100.0})
    assert both.elo[0] == 0
    assert both.elo[2] == pytest.approx(100)


@pytest.mark.parametrize("seed", range(3))
def test_as_choix_fits_them(seed):
    """The same wins and losses, no draws, no prior: the same maximum to a thousandth of a point."""
    choix = pytest.importorskip("choix")
    rng, size = np.random.default_rng(seed), 7
    won = rng.integers(1, 30, (size, size)).astype(float) * ~np.eye(size, dtype=bool)
    data = [pair for pair in np.argwhere(won).tolist() for _ in range(int(won[tuple(pair)]))]
    theirs = choix.ilsr_pairwise(size, data) * ELO
    ours = fit(Results(tuple("abcdefg"), won, np.zeros_like(won)), {"a": 0.0}, **NO_PRIOR)
    np.testing.assert_allclose(ours.elo, theirs - theirs[0], atol=1e-3)


def test_draws_as_a_general_optimizer_fits_them():
    """The likelihood of the module's docstring, spelt out pair by pair, with its priors, under BFGS."""
    rows = ("a", "b", 12, 30, 20), ("b", "c", 9, 2, 10), ("c", "d", 7, 1, 25), ("a", "d", 3, 3, 6)
    numbers = [("abcd".index(first), "abcd".index(second), *counts) for first, second, *counts in rows]

    def loss(point):
        r, m, d = np.append(0, point[:3]), point[3], point[4:]
        total = (r**2).sum() / (2 * (2000 / ELO) ** 2) + m**2 / 50 + (d**2).sum() / 18
        for i, j, won, drawn, lost in numbers:
            terms = np.exp([r[i], m + (d[i] + d[j]) / 2 + (r[i] + r[j]) / 2, r[j]])
            total -= np.array([won, drawn, lost]) @ np.log(terms / terms.sum())
        return total

    expected = minimize(loss, np.zeros(8), tol=1e-10).x
    ratings = fit(results("abcd", *rows), {"a": 0.0})
    np.testing.assert_allclose(ratings.elo[1:] / ELO, expected[:3], atol=1e-3)
    np.testing.assert_allclose(ratings.draw[0, 1], expected[3] + (expected[4] + expected[5]) / 2, atol=1e-2)


def test_who_won_everything_has_an_open_interval():
    """20 : 0 says: above who would do that once in 40 times, 0.025 ** (1 / 20) (Clopper and Pearson's)."""
    ratings = fit(results("abc", ("b", "a", 20, 0, 0), ("c", "b", 5, 0, 5)), {"a": 0.0})
    chance = beta.ppf(0.025, 20, 1)
    assert ratings.low[1] == pytest.approx(400 * np.log10(chance / (1 - chance)), abs=25)
    assert list(ratings.high) == [0, np.inf, np.inf]  # c is level with b, and nobody has bounded b
    assert np.isfinite(ratings.elo).all()
    assert ratings.low[2] < ratings.low[1]
    lost = fit(results("ab", ("b", "a", 0, 0, 20)), {"a": 0.0})
    assert lost.low[1] == -np.inf
    assert lost.high[1] == pytest.approx(-ratings.low[1], abs=25)


def test_a_win_bounds_those_behind_it():
    """Anchor a beat b once, so b is bounded, and c, whom b has beaten."""
    ratings = fit(results("abc", ("b", "a", 20, 0, 1), ("c", "b", 5, 0, 5)), {"a": 0.0})
    assert np.isfinite(ratings.high).all()


def test_who_met_nobody_has_no_rating():
    ratings = fit(results("abcde", ("a", "b", 3, 1, 2), ("c", "d", 3, 1, 2)), {"a": 0.0})
    assert ratings.unconnected == ("c", "d", "e")
    assert np.isnan(ratings.elo[2:]).all()
    both = fit(results("abcde", ("a", "b", 3, 1, 2), ("c", "d", 3, 1, 2)), {"a": 0.0, "d": 50.0})
    assert both.unconnected == ("e",)


def test_more_dispersion_widens_by_its_root():
    """Of intervals narrow enough to be nearly symmetric."""
    plain, wide = (fit(results("ab", ("b", "a", 3000, 0, 2500)), {"a": 0.0}, factor) for factor in (1.0, 4.0))
    assert wide.elo[1] == plain.elo[1]
    assert (wide.high - wide.low)[1] == pytest.approx(2 * (plain.high - plain.low)[1], rel=0.01)
    assert wide.covariance[1, 1] == pytest.approx(4 * plain.covariance[1, 1])


def played(rng, elo, log_draw, number):
    """`number` matches of all pairs of players of known strength, drawn from the model."""
    found = Results.empty([str(k) for k in range(len(elo))])
    for i in range(len(elo)):
        for j in range(i):
            half = (elo[i] - elo[j]) / ELO / 2
            chances = np.exp([half, (log_draw[i] + log_draw[j]) / 2, -half])
            found.add(i, j, *rng.multinomial(number, chances / chances.sum()))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("elo", "log_draw"),
    [
        ([0, 60, 150, 250, 420], [-20.0] * 5),
        ([0, 100, 300, 600, 700, 900], [2.0, 1.0, -1.0, -1.0, -2.0, -3.0]),
    ],
    ids=["without draws", "with draws"],
)
def test_intervals_cover_the_truth(elo, log_draw):
    """95 of 100 times; of 400 ladders with 40 matches a pair. Ratings of one ladder share their matches."""
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        ratings = fit(played(rng, elo, log_draw, 40), {"0": 0.0})
        covered.append((ratings.low <= elo) & (elo <= ratings.high))
    assert 0.93 <= np.mean(np.array(covered)[:, 1:]) <= 0.97
