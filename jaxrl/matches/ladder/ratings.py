"""Ratings of players by maximum likelihood, with 95% intervals: Bradley-Terry with Davidson's draws.

Players i and j of strengths exp(r_i) and exp(r_j) win, draw and lose in the proportions

    exp(r_i) : v_ij exp((r_i + r_j) / 2) : exp(r_j),    log v_ij = m + (d_i + d_j) / 2

(R. R. Davidson, On extending the Bradley-Terry model to accommodate ties, Journal of the American Statistical
Association 65, 1970), where he has one v for all pairs. Players that hardly ever score draw nearly always and others
hardly ever, so here each player has a tendency d of its own. Davidson's model rather than Rao and Kupper's: it is
log-linear, so the likelihood has one maximum that Newton's method finds; without draws it is Bradley and Terry's; and
whatever the draws, the wins of i to those of j are as exp(r_i - r_j). Elo is 400 log10 of that: 400 points are ten wins
a loss.

Priors keep everything finite and weigh less than one match: r is normal around the anchors (deviation 2000 Elo), m
around 0 (5) and d around 0 (3). Intervals are those of a rating relative to the anchors, by profile likelihood. One
that no win bounds is open: somebody who has beaten all may be stronger by any amount.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from jaxrl.matches.ladder.results import Results, groups, reach

ELO = 400 / np.log(10)  # points of a factor e
PRIOR_ELO = 2000.0
DRAW_DEVIATION, OWN_DRAW_DEVIATION = 5.0, 3.0  # of m and d
CUT = 1.92  # half of chi-squared's 95% quantile, 1 degree of freedom
# Where the other end is open: a player who is that strong gets such results once in 40 times. Exact for matches
# against one opponent, all won.
CUT_OPEN = float(np.log(40))
MAX_STEPS = 200  # Newton's method takes about six
FURTHEST = 60.0  # in which units of r an end of an interval is looked for, from the rating


@dataclass(frozen=True)
class Ratings:
    """Ratings of P players; arrays are float64, in Elo, NaN for players that no match connects with an anchor."""

    players: tuple[str, ...]
    elo: np.ndarray  # [P]
    low: np.ndarray  # [P] end of the 95% interval, relative to the anchors; -inf if open
    high: np.ndarray  # [P]; inf if open
    covariance: np.ndarray  # [P, P] Elo squared, about the maximum; 0 for anchors
    draw: np.ndarray  # [P, P] log v of each pair; -inf without any draws

    @property
    def unconnected(self) -> tuple[str, ...]:
        """The players without a rating."""
        return tuple(player for player, elo in zip(self.players, self.elo, strict=True) if np.isnan(elo))

    def expected(self, first: int, second: int) -> tuple[float, float, float]:
        """How likely the first of two players wins, draws and loses."""
        half = (self.elo[first] - self.elo[second]) / (2 * ELO)
        chances = np.exp([half, self.draw[first, second], -half])
        won, drawn, lost = chances / chances.sum()
        return float(won), float(drawn), float(lost)


def fit(
    results: Results,
    anchors: Mapping[str, float],
    dispersion: float = 1.0,
    prior_elo: float = PRIOR_ELO,
    intervals: bool = True,
) -> Ratings:
    """Fit ratings to results.

    Args:
        results: of P players.
        anchors: ratings that are fixed, Elo; players that are not in the results do not matter.
        dispersion: by what factor the results vary more than the model says; intervals grow by its root.
        prior_elo: deviation of the prior, Elo; `inf` for none.
        intervals: whether to look for their ends, which takes most of the time; NaN otherwise.
    """
    size = len(results.players)
    elo, low, high = np.full((3, size), np.nan)
    covariance, draw = np.full((size, size), np.nan), np.full((size, size), -np.inf)
    for group in groups(results):
        fixed = {
            k: anchors[name] / ELO for k, member in enumerate(group) if (name := results.players[member]) in anchors
        }
        if not fixed:
            continue
        found = _Fit(results.of(np.array(group)), fixed, dispersion, prior_elo / ELO)
        members = np.ix_(group, group)
        elo[group] = found.ratings * ELO
        if intervals:
            low[group], high[group] = np.array([found.interval(k) for k in range(len(group))]).T * ELO
        covariance[members], draw[members] = found.covariance * ELO**2, found.draw
    return Ratings(results.players, elo, low, high, covariance, draw)


def guess(results: Results, anchors: Mapping[str, float], dispersion: float = 1.0) -> Ratings:
    """Fit without intervals, to choose who plays next: everybody has a rating, by the priors where no match tells.

    Every pair that has met is given half a win on both sides, so that the covariance says what more matches could tell:
    at the maximum itself whoever wins all matches would seem to be known least. One of the players must be an anchor.
    """
    results = replace(results, won=results.won + (results.played > 0) / 2)
    fixed = {k: anchors[name] / ELO for k, name in enumerate(results.players) if name in anchors}
    found = _Fit(results, fixed, dispersion, PRIOR_ELO / ELO)
    unknown = np.full(len(results.players), np.nan)
    covariance = found.covariance * ELO**2
    return Ratings(results.players, found.ratings * ELO, unknown, unknown, covariance, found.draw)


class _Fit:
    """The likelihood of connected players, and its maximum. Parameters `[D]`: r of all players, m, d of all."""

    def __init__(self, results: Results, fixed: dict[int, float], dispersion: float, prior: float) -> None:
        self._results, self._fixed, self._dispersion = results, fixed, dispersion
        self._players = len(results.players)
        self._prepare(prior)
        start = self._center.copy()
        start[list(fixed)] = list(fixed.values())
        self._is_free = np.ones(len(start), bool)
        self._is_free[list(fixed)] = False
        self._best, self._maximum = self._climb(start, self._is_free)
        free = np.flatnonzero(self._is_free)
        inverse = np.zeros((len(start), len(start)))
        inverse[np.ix_(free, free)] = np.linalg.pinv(-self._slopes(self._best)[1][np.ix_(free, free)])
        self.ratings = self._best[: self._players]
        self.covariance = inverse[: self._players, : self._players] * dispersion

    def _prepare(self, prior: float) -> None:
        """Counts `[R, K]` of R pairs, and the exponents of their K outcomes as a matrix `[R, K, D]`."""
        players, results = self._players, self._results
        first, second = np.nonzero(np.triu(results.played > 0, 1))
        has_draws = bool(results.drawn.any())
        counts = [results.won[first, second], results.won[second, first], results.drawn[first, second]]
        self._counts = np.stack(counts[: 2 + has_draws], axis=1)
        eye = np.eye(players)
        halves = (eye[first] - eye[second]) / 2
        matrix = [np.stack([halves, -halves, np.zeros_like(halves)], axis=1)]
        deviations, self._center = np.full(players, prior), np.full(players, np.mean(list(self._fixed.values())))
        if has_draws:
            own = np.concatenate([np.ones((len(first), 1)), (eye[first] + eye[second]) / 2], axis=1)
            matrix.append(np.stack([np.zeros_like(own), np.zeros_like(own), own], axis=1))
            deviations = np.concatenate([deviations, [DRAW_DEVIATION], np.full(players, OWN_DRAW_DEVIATION)])
            self._center = np.concatenate([self._center, np.zeros(1 + players)])
        self._matrix = np.concatenate(matrix, axis=2)[:, : 2 + has_draws]
        self._precision = deviations**-2.0

    @property
    def draw(self) -> np.ndarray:
        """`[P, P]` log v of each pair."""
        if len(self._best) == self._players:
            return np.full((self._players, self._players), -np.inf)
        common, own = self._best[self._players], self._best[self._players + 1 :]
        return common + (own[:, None] + own[None, :]) / 2

    def interval(self, player: int) -> tuple[float, float]:
        """Ends of the 95% interval of a player's r."""
        if player in self._fixed:
            return self.ratings[player], self.ratings[player]
        # who won against whom, in chains: what an anchor's win bounds from above, and a win against one from below
        chains, anchors = reach(self._results.won > 0), list(self._fixed)
        is_bounded = bool(chains[player, anchors].any()), bool(chains[anchors, player].any())
        ends = [
            self._end(player, sign, CUT if other else CUT_OPEN) if bounded else sign * np.inf
            for sign, bounded, other in ((-1, *is_bounded), (1, *is_bounded[::-1]))
        ]
        return ends[0], ends[1]

    def _end(self, player: int, sign: int, cut: float) -> float:
        """Where the profile likelihood has fallen by `cut`."""
        is_free = self._is_free.copy()
        is_free[player] = False
        point = self._best

        def fall(distance: float) -> float:
            nonlocal point
            start = point.copy()
            start[player] = self.ratings[player] + sign * distance
            point, value = self._climb(start, is_free)
            return (self._maximum - value) / self._dispersion - cut

        near, far = 0.0, 2 * float(np.sqrt(self.covariance[player, player])) + 1e-9
        while fall(far) < 0 and far < FURTHEST:
            near, far = far, 2 * far
        if fall(far) < 0:
            return sign * np.inf
        return float(self.ratings[player] + sign * brentq(fall, near, far, xtol=1e-5))

    def _climb(self, start: np.ndarray, is_free: np.ndarray) -> tuple[np.ndarray, float]:
        """The maximum over the free parameters, and the log likelihood there; Newton's method."""
        point, value = start, self._value(start)
        free = np.flatnonzero(is_free)
        for _ in range(MAX_STEPS):
            gradient, hessian = self._slopes(point)
            step = np.zeros_like(point)
            step[free] = np.linalg.lstsq(-hessian[np.ix_(free, free)], gradient[free], rcond=None)[0]
            gain = float(gradient[free] @ step[free])
            if gain < 1e-12:
                break
            share = 1.0  # concave, so some part of the step goes up
            while (reached := self._value(point + share * step)) < value and share > 1e-6:
                share /= 2
            if reached < value:
                break
            point, value = point + share * step, reached
        return point, value

    def _log_chances(self, point: np.ndarray) -> np.ndarray:
        exponents = self._matrix @ point  # [R, K]
        top = exponents.max(axis=1, keepdims=True)
        return exponents - top - np.log(np.exp(exponents - top).sum(axis=1, keepdims=True))

    def _value(self, point: np.ndarray) -> float:
        off = point - self._center
        return float((self._counts * self._log_chances(point)).sum() - (self._precision * off**2).sum() / 2)

    def _slopes(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gradient `[D]` and Hessian `[D, D]`."""
        chances, number = np.exp(self._log_chances(point)), self._counts.sum(axis=1)
        surplus = self._counts - number[:, None] * chances
        gradient = np.einsum("rk,rkd->d", surplus, self._matrix) - self._precision * (point - self._center)
        mean = np.einsum("rk,rkd->rd", chances, self._matrix)
        spread = self._matrix - mean[:, None]
        hessian = -np.einsum("rk,rkd,rke->de", chances * number[:, None], spread, spread, optimize=True)
        return gradient, hessian - np.diag(self._precision)
