"""Which two players should meet next: those whose matches would tell most about all ratings."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from jaxrl.matches.ladder.ratings import ELO, Ratings

WIDTH = 4 / np.sqrt(2 * np.pi)  # of the normal density that is as high as p (1 - p): 1/4 where both are equally strong
EVERY = 5  # batches; one of so many goes to the pair that has met least, or a cycle could go unseen


def next_pair(
    ratings: Ratings, met: np.ndarray, worth: np.ndarray, candidates: Sequence[int], batch: int
) -> tuple[int, int]:
    """The numbers of the two players among `candidates` who should play the next batch.

    Args:
        ratings: those of `jaxrl.matches.ladder.ratings.guess`.
        met: `[P, P]` how many matches two players have played.
        worth: `[P, P]` how many results a batch of two players should bring, see `results_expected`.
        candidates: numbers of players.
        batch: how many came before it.
    """
    pairs = list(combinations(candidates, 2))
    if batch % EVERY == EVERY - 1:
        return min(pairs, key=lambda pair: met[pair])
    return max(pairs, key=lambda pair: gain(ratings, *pair, candidates, worth[pair]))


def results_expected(counted: np.ndarray, met: np.ndarray, matches: int) -> np.ndarray:
    """How many results `matches` matches of two players should bring, `[P, P]`: goals, say.

    `counted` results came out of `met` matches, both `[P, P]`. Two players who hardly ever score tell little, however
    close they are; those who have not met are taken for average, and that weighs as much as a match.
    """
    mean = counted.sum() / met.sum() if counted.any() else 1.0
    return matches * (counted + mean) / (met + 1)


def gain(ratings: Ratings, first: int, second: int, candidates: Sequence[int], number: float) -> float:
    """By how much `number` results of two players would lower the sum of the variances of the ratings, Elo squared.

    A result with a winner informs about the difference by p (1 - p), here its mean over what the difference may be.
    """
    covariance = ratings.covariance / ELO**2
    difference = (ratings.elo[first] - ratings.elo[second]) / ELO
    direction = covariance[:, first] - covariance[:, second]
    variance = float(direction[first] - direction[second])
    spread = variance + WIDTH**2
    chance = np.exp(-(difference**2) / (2 * spread)) / np.sqrt(2 * np.pi * spread)  # of a win times that of a loss
    draws = ratings.expected(first, second)[1]
    information = number * chance * (1 - draws)
    members = direction[list(candidates)]
    return float(information * (members**2).sum() / (1 + information * variance) * ELO**2)
