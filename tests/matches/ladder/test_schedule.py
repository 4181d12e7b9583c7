"""Who plays next: where a match tells most."""

import numpy as np
import pytest

from jaxrl.matches.ladder.ratings import ELO, fit, guess
from jaxrl.matches.ladder.results import Results
from jaxrl.matches.ladder.schedule import EVERY, gain, next_pair


def table(*rows, players="abcd"):
    found = Results.empty(players)
    for row in rows:
        found.add(*row)
    return found


def chosen(found, batch=0):
    return next_pair(guess(found, {"a": 0.0}), found, range(len(found.players)), batch, 32)


def test_whoever_is_new_plays_first():
    found = table((0, 1, 40, 10, 50), (1, 2, 50, 10, 40), (0, 2, 50, 10, 40))
    assert 3 in chosen(found)


def test_equals_rather_than_those_far_apart():
    """Player d is level with c, far above a and b: another match against those would tell little."""
    found = table((1, 0, 1000, 0, 10), (2, 1, 1000, 0, 10), (3, 2, 4, 0, 4), (3, 0, 8, 0, 0))
    assert chosen(found) == (2, 3)


def test_the_gain_is_what_the_variances_lose():
    """The covariance is the inverse of the information; a match adds p (1 - p) to it in the pair's direction."""
    found = table((0, 1, 900, 0, 600), (1, 2, 700, 0, 500), (2, 3, 800, 0, 900))
    ratings = guess(found, {"a": 0.0})
    information = np.linalg.inv(ratings.covariance[1:, 1:] / ELO**2)
    chance = 1 / (1 + np.exp((ratings.elo[2] - ratings.elo[3]) / ELO))
    more = information + 32 * chance * (1 - chance) * np.outer([0, 1, -1], [0, 1, -1])
    lost = np.trace(np.linalg.inv(information)) - np.trace(np.linalg.inv(more))
    assert gain(ratings, 2, 3, range(4), 32) == pytest.approx(lost * ELO**2, rel=0.02)


def test_whoever_wins_everything_does_not_take_all_matches():
    """Player e has beaten d 300 times; the next matches are of those who can still surprise each other."""
    found = table((1, 0, 20, 0, 12), (2, 1, 20, 0, 12), (3, 2, 20, 0, 12), (4, 3, 300, 0, 0), players="abcde")
    assert 4 not in chosen(found)


def test_one_batch_of_five_is_of_those_who_met_least():
    found = table(
        (0, 1, 40, 0, 40), (0, 2, 40, 0, 0), (0, 3, 40, 0, 0), (1, 2, 9, 0, 0), (2, 3, 9, 0, 9), (1, 3, 2, 0, 0)
    )
    assert chosen(found, EVERY - 1) == (1, 3)


def test_only_those_who_are_asked_for_play():
    found = table((0, 1, 40, 0, 40), (0, 2, 40, 0, 10))
    assert next_pair(guess(found, {"a": 0.0}), found, [1, 2], 0, 32) == (1, 2)


def test_it_finds_out_sooner_than_a_round_robin():
    """Six players 250 points apart: after 30 batches of 32 the variances are lower than if all had met twice."""
    rng, elo = np.random.default_rng(0), np.arange(6) * 250.0

    def play(found, first, second):
        won = rng.binomial(32, 1 / (1 + 10 ** ((elo[second] - elo[first]) / 400)))
        found.add(first, second, won, 0, 32 - won)

    adaptive, all_alike = Results.empty("abcdef"), Results.empty("abcdef")
    for batch in range(30):
        play(adaptive, *next_pair(guess(adaptive, {"a": 0.0}), adaptive, range(6), batch, 32))
    for _ in range(2):
        for first in range(6):
            for second in range(first):
                play(all_alike, first, second)
    variances = [np.trace(fit(found, {"a": 0.0}, intervals=False).covariance) for found in (adaptive, all_alike)]
    assert variances[0] < 0.8 * variances[1]


@pytest.mark.slow
def test_intervals_also_cover_the_truth_where_results_decide_who_plays():
    """Of 200 ladders of five players, 25 batches of 16 matches each, drawn without draws: 95 of 100 times."""
    rng, elo = np.random.default_rng(0), np.array([0, 150, 200, 450, 700.0])
    covered = []
    for _ in range(200):
        found = Results.empty("abcde")
        for batch in range(25):
            first, second = next_pair(guess(found, {"a": 0.0}), found, range(5), batch, 16)
            won = rng.binomial(16, 1 / (1 + 10 ** ((elo[second] - elo[first]) / 400)))
            found.add(first, second, won, 0, 16 - won)
        ratings = fit(found, {"a": 0.0})
        covered.append((ratings.low <= elo) & (elo <= ratings.high))
    assert 0.93 <= np.mean(np.array(covered)[:, 1:]) <= 0.97
