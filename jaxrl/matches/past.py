"""The past selves of a run: which are kept, how often the present self beats them, and who is drawn to play."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Weights = Mapping[str, np.ndarray]  # of a bot, as `jaxrl.bots.policy_files.policy_arrays` gives them

MEMORY = 100  # games that a win rate remembers
LEAST = 0.02  # what is left of (1 - win rate)^2 for one who is always beaten


@dataclass
class Standing:
    """The games of the present self against one opponent."""

    win_rate: float = 0.5  # of the present self, draws count half: a running mean, as that gets stronger
    games: int = 0

    def count(self, result: float) -> None:
        """Take in a game that the present self won (1), drew (0.5) or lost (0)."""
        self.games += 1
        self.win_rate += (result - self.win_rate) / min(self.games + 1, MEMORY)


@dataclass(eq=False)
class PastSelf:
    """The bot as it was."""

    env_steps: int
    weights: Weights
    standing: Standing = field(default_factory=Standing)

    @property
    def is_finite(self) -> bool:
        """Whether it can play at all."""
        return all(bool(np.isfinite(array).all()) for array in self.weights.values())


@dataclass
class Pool:
    """At most `size` past selves, oldest first, whose ages grow geometrically."""

    size: int
    selves: list[PastSelf] = field(default_factory=list)

    def add(self, past: PastSelf) -> None:
        """Take in the newest; whoever is too many has to go for it."""
        self.selves.append(past)
        while len(self.selves) > self.size:
            del self.selves[self._most_crowded()]

    def _most_crowded(self) -> int:
        """The one whose neighbours are closest in the logarithm of age; never the oldest, nor one of the newest two."""
        steps = np.array([past.env_steps for past in self.selves], np.float64)
        if len(steps) < 4:
            return 0
        ages = np.log(steps[-1] - steps[:-1])  # of all but the newest, falling
        return 1 + int((ages[:-2] - ages[2:]).argmin())


def chances(selves: Sequence[PastSelf]) -> np.ndarray:
    """How likely each is drawn, `[K]` float64.

    Prioritised fictitious self-play: in proportion to (1 - win rate)^2, so that who still wins is met most
    (Vinyals et al. 2019, f_hard with p = 2).
    """
    weights = np.array([(1 - past.standing.win_rate) ** 2 + LEAST for past in selves])
    return weights / weights.sum()
