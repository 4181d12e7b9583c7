"""How strong the policy that is learning is, on the scale of a ladder: short matches against players of known rating.

Goals are rated rather than matches (see `jaxrl.matches.ladder.standings.results_of`): matches in training are short,
and who wins one depends on its length, while the share of goals does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxrl.bots.player import Player
from jaxrl.config.schema import Config
from jaxrl.game.physics import Engine
from jaxrl.matches.evaluation import SEED_OFFSET, learning_player
from jaxrl.matches.ladder.ratings import fit
from jaxrl.matches.ladder.results import Results
from jaxrl.matches.ladder.standings import dispersion
from jaxrl.matches.strength import MatchBatch
from jaxrl.ppo.normalize import RunningStats
from jaxrl.ppo.update import PPO

ANCHORS = 2  # that it plays at a time: those that tell most
BOT = "bot"
LOWEST = -1e6  # Elo


class Anchor(NamedTuple):
    """A player whose rating is known."""

    name: str  # as the config has it: two bots may have the same of their own
    player: Player
    elo: float


class Learned(NamedTuple):
    """The policy that is learning, as it is after an update."""

    params: Any
    obs_stats: RunningStats
    update: int  # its number


class Rated(NamedTuple):
    """A rating with its 95% interval, Elo by goals, and goals a match for and against by anchor."""

    elo: float
    low: float  # -inf while it has not scored against anybody
    high: float
    goals: dict[str, tuple[float, float]]

    @property
    def surely(self) -> float:
        """By which the best bot is chosen: the lower bound, finite."""
        return max(self.low, LOWEST)


class Rater:
    """Play `evaluation.n_eval_episodes` matches against each of the anchors that are closest in strength."""

    def __init__(self, config: Config, ppo: PPO, anchors: Sequence[Anchor], engine: Engine) -> None:
        self._config, self._anchors = config, anchors
        self._player = learning_player(config, ppo)
        self._batches = {
            anchor.name: MatchBatch(config.evaluation.n_eval_episodes, config.environment.team_size, engine, self._seed)
            for anchor in anchors
        }
        self._elo = min(anchor.elo for anchor in anchors)  # as it was rated last

    @property
    def _seed(self) -> int:
        return (self._config.training.seed + SEED_OFFSET) % 2**31

    def __call__(self, learned: Learned) -> Rated:
        """Rate a policy by new matches alone: it changes from one evaluation to the next."""
        params, obs_stats = jax.device_put((learned.params, learned.obs_stats))
        bot = replace(self._player, params=params, obs_stats=obs_stats)
        minutes = self._config.evaluation.match_seconds / 60
        played = {}
        for anchor in closest(self._anchors, self._elo):
            batch = self._batches[anchor.name]
            batch.kickoff((bot, anchor.player), (self._seed + learned.update) % 2**31)
            found = batch.play(minutes, figures=False)
            played[anchor] = np.stack([found.goals, found.against], axis=1)
        rated = rate_by_goals(played, self._elo)
        self._elo = rated.elo
        return rated

    def close(self) -> None:
        """Free the arenas."""
        for batch in self._batches.values():
            batch.close()


def closest(anchors: Sequence[Anchor], elo: float) -> list[Anchor]:
    """Those against whom matches tell most: the closest in strength."""
    return sorted(anchors, key=lambda anchor: abs(anchor.elo - elo))[:ANCHORS]


def rate_by_goals(played: Mapping[Anchor, np.ndarray], before: float) -> Rated:
    """The rating that goals for and against in M matches, `[M, 2]` by anchor, make likely; `before` without any."""
    names, counts = [anchor.name for anchor in played], [*played.values()]
    results = Results.empty([BOT, *names])
    for number, goals in enumerate(counts, 1):
        results.add(0, number, float(goals[:, 0].sum()), 0.0, float(goals[:, 1].sum()))
    means = {
        name: (float(each[:, 0].mean()), float(each[:, 1].mean())) for name, each in zip(names, counts, strict=True)
    }
    known = {anchor.name: anchor.elo for anchor in played}
    ratings = fit(results, known, dispersion(counts))
    if np.isnan(ratings.elo[0]):
        return Rated(before, -np.inf, np.inf, means)
    return Rated(*(float(each[0]) for each in (ratings.elo, ratings.low, ratings.high)), means)
