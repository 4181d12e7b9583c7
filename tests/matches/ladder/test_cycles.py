"""The test for cycles: quiet where there is one order, and it names who broke it."""

import numpy as np
import pytest

from jaxrl.matches.ladder.cycles import cycle_test
from jaxrl.matches.ladder.ratings import fit
from jaxrl.matches.ladder.results import Results


def test_rock_paper_scissors():
    """Each wins 15 of 20 against the next: all are rated alike, so 10 are expected, z = 5 / sqrt(20 / 4) = 2.24."""
    found = Results.empty(["rock", "paper", "scissors"])
    for k in range(3):
        found.add(k, (k + 2) % 3, 15, 7, 5)
    test = cycle_test(found)
    assert test.freedom == 1
    assert test.p < 1e-3
    assert {(one.player, one.opponent) for one in test.surprises} == {
        ("paper", "rock"),
        ("rock", "scissors"),
        ("scissors", "paper"),
    }
    # 2 (15 ln(0.75 / 0.5) + 5 ln(0.25 / 0.5)) = 5.2325 for each of the three pairs, one degree of freedom
    assert test.misfit == pytest.approx(3 * 5.2325, abs=1e-2)
    for one in test.surprises:
        assert one.z == pytest.approx(2.236, abs=1e-3)
        assert (one.share, one.matches) == (0.75, 20)
        assert one.expected == pytest.approx(0.5, abs=1e-4)


def test_the_worst_offender_comes_first():
    """d is the weakest of four, but beats the strongest."""
    found, won = Results.empty("abcd"), {(0, 1): 14, (1, 2): 14, (2, 3): 14, (0, 2): 17, (1, 3): 17, (3, 0): 16}
    for (first, second), wins in won.items():
        found.add(first, second, wins, 0, 20 - wins)
    worst = cycle_test(found).surprises[0]
    assert (worst.player, worst.opponent, worst.share) == ("d", "a", 0.8)
    assert worst.is_against_the_order


def test_a_chain_cannot_tell():
    found = Results.empty("abc")
    found.add(0, 1, 5, 5, 5)
    found.add(1, 2, 5, 5, 5)
    test = cycle_test(found)
    assert test.freedom == 0
    assert np.isnan(test.p)


def test_more_dispersion_makes_it_milder():
    found = Results.empty("abc")
    for k in range(3):
        found.add(k, (k + 2) % 3, 15, 0, 5)
    assert cycle_test(found, 10.0).p > 0.2
    assert cycle_test(found, 10.0).misfit == 1


def test_one_order_is_seldom_called_a_cycle():
    """At the 5% level, in 2 to 9% of 200 ladders drawn from one order: four players, draws as they come."""
    rng, strength = np.random.default_rng(1), np.array([0, 0.5, 1.0, 1.8])
    alarms = 0
    for _ in range(200):
        found = Results.empty("abcd")
        for i in range(4):
            for j in range(i):
                chance = 1 / (1 + np.exp(strength[j] - strength[i]))
                found.add(i, j, *rng.multinomial(40, [0.7 * chance, 0.3, 0.7 * (1 - chance)]))
        alarms += cycle_test(found).p < 0.05
    assert 4 <= alarms <= 18


def test_intervals_hold_the_truth_where_pairs_are_off():
    """Six players who meet 300 times each, and every pair is off the order by 100 Elo or so: 80 ladders.

    The truth is what ratings come to on average over how pairs may be off. Without the misfit intervals hold it in
    less than 60%.
    """
    rng, elo, held, narrow = np.random.default_rng(0), np.arange(6) * 60.0, [], []
    for _ in range(80):
        found = Results.empty("abcdef")
        for i in range(6):
            for j in range(i):
                chance = 1 / (1 + 10 ** ((elo[j] - elo[i] + rng.normal(0, 100)) / 400))
                won = rng.binomial(300, chance)
                found.add(i, j, won, 0, 300 - won)
        for dispersion, into in ((cycle_test(found).misfit, held), (1.0, narrow)):
            ratings = fit(found, {"a": 0.0}, dispersion)
            into.append(((ratings.low <= elo) & (elo <= ratings.high))[1:])
    assert 0.9 <= np.mean(held) <= 0.98
    assert np.mean(narrow) < 0.6
