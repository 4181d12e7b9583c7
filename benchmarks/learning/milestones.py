"""What a bot can do, from random to beating a scripted bot: milestones A to F, and whether a policy holds them.

All matches begin with a standard kickoff, actions are sampled. A milestone counts by the lower end of the 95% interval:
of the mean over the first minute of 64 matches (Student's t) for rates, of the share of matches (Wilson) for wins: 64,
and 64 more where a bar is so high that 64 of 64 could not show it.
"""

from dataclasses import dataclass
from pathlib import Path

from scipy import stats

from jaxrl.bots.players import make_player, saved_bot
from jaxrl.bots.scripted import Random
from jaxrl.matches.statistics import Estimate, rate, share
from jaxrl.matches.strength import SCRIPTED_TIMING, MatchBatch
from jaxrl.matches.tally import Tally

MATCHES = 64
RATE_MINUTES = 1.0  # of each match: 64 minutes of game
MATCH_MINUTES = 5.0
IN_A_ROW = 3  # evaluations


@dataclass(frozen=True)
class Milestone:
    """Something a bot can do."""

    letter: str
    text: str
    opponent: str
    figure: str  # touches, goals: per car and minute of game; wins: share of 5-minute matches
    bar: float


MILESTONES = (
    Milestone("A", "touches at 3 times the random policy's, at least 1 a minute", "idle", "touches", 1.0),
    Milestone("B", "10 touches a minute", "idle", "touches", 10.0),
    Milestone("C", "beats idle in 90% of matches", "idle", "wins", 0.9),
    Milestone("D", "a goal a minute against random", "random", "goals", 1.0),
    Milestone("E", "wins 75% against the chaser", "chaser", "wins", 0.75),
    Milestone("F", "wins 95% against the chaser", "chaser", "wins", 0.95),
)
OPPONENTS = ("idle", "random", "chaser")


def wins_needed(bar: float, matches: int = MATCHES) -> int:
    """The smallest number of wins in so many matches whose interval lies above `bar`; more than all if none does."""
    return next((wins for wins in range(matches + 1) if share(wins, matches).low >= bar), matches + 1)


def within_reach(tally: Tally, bar: float) -> bool:
    """Whether matches that have begun like `tally` may still be won often enough for `bar`.

    Goals of both sides are taken as Poisson at the friendly end of their 95% intervals; so only matches that cannot
    decide anything are not played to the end.
    """
    high = stats.poisson.interval(0.95, max(tally.goals.sum(), 1))[1]
    low = stats.poisson.interval(0.95, max(tally.against.sum(), 1))[0] if tally.against.sum() else 0.0
    per_match = MATCH_MINUTES / (len(tally.goals) * tally.minutes)
    won = 1 - stats.skellam.cdf(0, high * per_match, max(low * per_match, 1e-9))
    return bool(stats.binom.sf(wins_needed(bar, 2 * MATCHES) - 1, 2 * MATCHES, won) > 0.01)


def evaluate(batch: MatchBatch, folder: Path | None, seed: int, still_open: set[str]) -> dict[str, dict[str, float]]:
    """Every figure of the bot in `folder`, or of a random player, as {`idle/touches`: its Estimate}.

    Wins are counted where a milestone of `still_open` (letters) depends on them and may be held.
    """
    player = Random(*SCRIPTED_TIMING) if folder is None else saved_bot(str(folder), "jax")
    figures: dict[str, Estimate] = {}
    for opponent in OPPONENTS:
        players = (player, make_player(opponent, 1, player.tick_skip, player.action_delay_ticks, "jax"))
        batch.kickoff(players, seed)
        tally = batch.play(RATE_MINUTES)
        for name in ("touches", "goals", "against"):
            figures[f"{opponent}/{name}"] = rate(getattr(tally, name), tally.minutes)
        bars = [m.bar for m in MILESTONES if (m.opponent, m.figure) == (opponent, "wins") and m.letter in still_open]
        if bars and within_reach(tally, min(bars)):
            wins, played = (tally + batch.play(MATCH_MINUTES - RATE_MINUTES)).wins, MATCHES
            if wins_needed(max(bars)) > MATCHES and wins + MATCHES >= wins_needed(max(bars), 2 * MATCHES):
                batch.kickoff(players, seed + 1)
                wins, played = wins + batch.play(MATCH_MINUTES).wins, 2 * MATCHES
            figures[f"{opponent}/wins"] = share(wins, played)
    return {name: vars(figure) for name, figure in figures.items()}


def holds(figures: dict[str, dict[str, float]], random_touches: float) -> set[str]:
    """Letters of the milestones that `figures` show; `random_touches` are those of the random policy a minute."""
    held = set()
    for milestone in MILESTONES:
        bar = max(milestone.bar, 3 * random_touches) if milestone.letter == "A" else milestone.bar
        figure = figures.get(f"{milestone.opponent}/{milestone.figure}")
        if figure is not None and figure["low"] >= bar:
            held.add(milestone.letter)
    return held


def first_held(history: list[set[str]], letter: str) -> int | None:
    """Index of the first of IN_A_ROW evaluations one after the other that show a milestone; None: not yet."""
    for start in range(len(history) - IN_A_ROW + 1):
        if all(letter in held for held in history[start : start + IN_A_ROW]):
            return start
    return None
