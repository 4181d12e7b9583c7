"""Who plays next: where a match tells most."""

import numpy as np
import pytest

from jaxrl.matches.ladder.ratings import ELO, fit, guess
from jaxrl.matches.ladder.results import Results
from jaxrl.matches.ladder.schedule import EVERY, gain, next_pair, results_expected


def table(*rows, players="abcd"):
    found = Results.empty(players)
    for row in rows:
        found.add(*row)
    return found


def chosen(found, batch=0, candidates=None, met=None):
    """Of matches, each a result, unless it is said how many matches there were."""
    met = found.played if met is None else met
    worth = results_expected(found.played, met, 32)
    candidates = range(len(found.players)) if candidates is None else candidates
    return next_pair(guess(found, {"a": 0.0}), met, worth, candidates, batch)


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
    assert chosen(found, candidates=[1, 2]) == (1, 2)


def test_two_who_hardly_ever_score_do_not_take_all_matches():
    """By goals a and b are as close as c and d, and known less; but 32 matches of theirs bring two goals, not 200."""
    goals = table((0, 1, 3, 0, 3), (1, 2, 20, 0, 180), (0, 2, 20, 0, 180), (2, 3, 100, 0, 100))
    met = np.where(goals.played > 0, 32.0, 0)
    met[0, 1] = met[1, 0] = 96
    assert chosen(goals) == (0, 1), "if each goal were a match"
    assert chosen(goals, met=met) != (0, 1)


def test_those_who_met_least_are_so_by_matches_and_not_by_goals():
    goals = table((0, 1, 1, 0, 1), (0, 2, 50, 0, 50), (1, 2, 50, 0, 50), players="abc")
    met = np.array([[0, 64, 32], [64, 0, 96], [32, 96, 0]])
    assert chosen(goals, EVERY - 1, met=met) == (0, 2)


def test_what_a_batch_brings_is_what_it_brought():
    """Goals a match: 2 of 32 matches for a and b, 320 of 32 for b and c; a and c have not met: the mean, 322 / 64."""
    counted, met = np.array([[0, 2, 0], [2, 0, 320], [0, 320, 0.0]]), np.array([[0, 32, 0], [32, 0, 32], [0, 32, 0]])
    expected = results_expected(counted, met, 32)
    mean = 322 / 64
    assert expected[0, 1] == pytest.approx(32 * (2 + mean) / 33)
    assert expected[1, 2] == pytest.approx(32 * (320 + mean) / 33)
    assert expected[0, 2] == pytest.approx(32 * mean)
    assert (results_expected(np.zeros((3, 3)), np.zeros((3, 3)), 32) == 32).all(), "before the first match"
    assert results_expected(met, met, 32)[0, 1] == 32, "by matches each is a result"


def test_it_finds_out_sooner_than_a_round_robin():
    """Six players 250 points apart: after 30 batches of 32 the variances are lower than if all had met twice."""
    rng, elo = np.random.default_rng(0), np.arange(6) * 250.0

    def play(found, first, second):
        won = rng.binomial(32, 1 / (1 + 10 ** ((elo[second] - elo[first]) / 400)))
        found.add(first, second, won, 0, 32 - won)

    adaptive, all_alike = Results.empty("abcdef"), Results.empty("abcdef")
    for batch in range(30):
        play(adaptive, *chosen(adaptive, batch))
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
            first, second = chosen(found, batch)
            won = rng.binomial(16, 1 / (1 + 10 ** ((elo[second] - elo[first]) / 400)))
            found.add(first, second, won, 0, 16 - won)
        ratings = fit(found, {"a": 0.0})
        covered.append((ratings.low <= elo) & (elo <= ratings.high))
    assert 0.93 <= np.mean(np.array(covered)[:, 1:]) <= 0.97
