"""Is a bot as strong in one engine as in the other?"""

import numpy as np
from scipy import stats

from jaxrl.game.physics import Engine
from jaxrl.matches.statistics import Estimate, rate, share
from jaxrl.matches.strength import strength
from jaxrl.sim.engine import NAMES
from jaxrl.training.device import find_device

ENGINES: tuple[Engine, Engine] = ("rocketsim2", "rocketsim3")


def compare_bot(bot: str, opponents: list[str], num_matches: int, minutes: float) -> None:
    """Print wins and goal differences of `bot` against each opponent in both engines, with 95% intervals.

    Raises UserError for unknown players, and where an engine is missing.
    """
    find_device()
    print(f"{bot}, {num_matches} matches of {minutes:g} minutes in each engine, from kickoffs, actions sampled\n")
    columns = ("against", "in", "won", "goals a minute", "goals against", "touches a minute", "goal difference a match")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
    differences = []
    for opponent in opponents:
        found = [
            tally for engine in ENGINES for _, tally in strength(bot, [opponent], num_matches, minutes, physics=engine)
        ]
        for engine, tally in zip(ENGINES, found, strict=True):
            counts = (tally.goals, tally.against, tally.touches)
            cells = [opponent, NAMES[engine], share(tally.wins, num_matches).percent]
            cells += [str(rate(count, tally.minutes)) for count in counts] + [str(rate(tally.difference, 1))]
            print(f"| {' | '.join(cells)} |", flush=True)
        goals = difference(*(tally.difference for tally in found))
        wins = difference_of_shares(*(share(tally.wins, num_matches) for tally in found))
        differences.append(f"against {opponent}: {goals} goals a match, {wins.percent} of the matches won")
    print("\nmore in RocketSim 3 than in 2, with 95% intervals: " + "; ".join(differences))


def difference(first: np.ndarray, second: np.ndarray) -> Estimate:
    """Mean of the second sample `[M]` less that of the first `[M]`, with its 95% interval (Welch)."""
    found = stats.ttest_ind(second, first, equal_var=False).confidence_interval(0.95)
    return Estimate(float(second.mean() - first.mean()), float(found.low), float(found.high))


def difference_of_shares(first: Estimate, second: Estimate) -> Estimate:
    """The second share less the first, with its 95% interval from their own (Newcombe)."""
    mean = second.mean - first.mean
    below = np.hypot(second.mean - second.low, first.high - first.mean)
    above = np.hypot(second.high - second.mean, first.mean - first.low)
    return Estimate(mean, float(mean - below), float(mean + above))
