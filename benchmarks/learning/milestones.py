"""What a bot can do, from random to holding its own against Nexto: milestones, and whether a policy holds them.

All matches begin with a standard kickoff, actions are sampled. A milestone counts by the lower end of the 95% interval:
of the mean over the first minute of 64 matches (Student's t) for rates, of the share of matches (Wilson) for wins: 64,
and 64 more where a bar is so high that 64 of 64 could not show it. Level with somebody is who wins half of the matches
that one of the two wins, or may by the upper end. Skills are means over the first minute of the matches against duel.

Who has the weights of Nexto and Necto names their folder: JAXRL_NECTO_WEIGHTS=folder of nexto-model.pt, necto-model.pt.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from scipy import stats

from jaxrl.bots.player import Player
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
    # touches, goals: per car and minute of game; wins: share of 5-minute matches; level: of those with a winner; or a
    # figure of play
    figure: str
    bar: float


MILESTONES = (
    Milestone("A", "touches at 3 times the random policy's, at least 1 a minute", "idle", "touches", 1.0),
    Milestone("B", "10 touches a minute", "idle", "touches", 10.0),
    Milestone("C", "beats idle in 90% of matches", "idle", "wins", 0.9),
    Milestone("D", "a goal a minute against random", "random", "goals", 1.0),
    Milestone("E", "wins 75% against the chaser", "chaser", "wins", 0.75),
    Milestone("F", "wins 95% against the chaser", "chaser", "wins", 0.95),
    Milestone("G", "wins 75% against duel", "duel", "wins", 0.75),
    Milestone("H", "wins 95% against duel", "duel", "wins", 0.95),
    Milestone("I", "level with Nexto deciding every 8th time", "nexto@8", "level", 0.5),
    Milestone("J", "level with Nexto deciding every 4th time", "nexto@4", "level", 0.5),
    Milestone("K", "level with Nexto deciding every 2nd time", "nexto@2", "level", 0.5),
    Milestone("L", "level with Necto", "necto", "level", 0.5),
    Milestone("M", "level with Nexto", "nexto", "level", 0.5),
    Milestone("N", "drives 1,300 uu/s", "duel", "speed", 1300),
    Milestone("O", "holds 20 boost", "duel", "boost_held", 20),
    Milestone("P", "is on its goal's side of the ball 65% of the time", "duel", "goal_side_share", 0.65),
    Milestone("Q", "flips ahead 3 times a minute, which a random player does, too", "duel", "flips_ahead", 3),
    Milestone("R", "an aerial touch in two minutes", "duel", "aerial_touches_per_minute", 0.5),
    Milestone("S", "the ball is 300 uu further ahead a second after a touch", "duel", "ball_progress_after_touch", 300),
)
OPPONENTS = ("idle", "random", "chaser", "duel")
STRONGER = ("nexto@8", "nexto@4", "nexto@2", "necto", "nexto")  # one after the other, while it is level
AHEAD = ("forward_flips_per_minute", "forward_diagonal_flips_per_minute")
WEIGHTS = "JAXRL_NECTO_WEIGHTS"


def known_milestones() -> list[Milestone]:
    """Those whose opponents are there."""
    return [milestone for milestone in MILESTONES if milestone.opponent in OPPONENTS or os.environ.get(WEIGHTS)]


def player_name(opponent: str) -> str:
    """An opponent as `make_player` knows it."""
    kind, _, handicap = opponent.partition("@")
    if kind not in ("nexto", "necto"):
        return "pretrained/duel" if kind == "duel" else kind
    return f"{kind}:{Path(os.environ[WEIGHTS]) / f'{kind}-model.pt'}{f'@{handicap}' if handicap else ''}"


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
        players = _against(player, opponent)
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
        if opponent == "duel":
            figures |= {f"duel/{name}": Estimate(value, value, value) for name, value in skills(tally).items()}
    beats_duel = "G" in _held(figures, 0.0) or "G" not in still_open
    if folder is not None and beats_duel:
        for opponent in STRONGER if os.environ.get(WEIGHTS) else ():
            batch.kickoff(_against(player, opponent), seed)
            tally = batch.play(MATCH_MINUTES, figures=False)
            figures[f"{opponent}/level"] = share(tally.wins, max(1, tally.wins + tally.losses))
            if figures[f"{opponent}/level"].high < 0.5:
                break
    return {name: vars(figure) for name, figure in figures.items()}


def _against(player: Player, opponent: str) -> tuple[Player, Player]:
    name = player_name(opponent)
    return player, make_player(name, 1, player.tick_skip, player.action_delay_ticks, "jax")


def skills(tally: Tally) -> dict[str, float]:
    """Figures of play of the first player, but for those that nothing was measured by."""
    own = tally.figures.own() if tally.figures else {}
    found = {m.figure: own[m.figure] for m in MILESTONES if m.figure in own}
    found["flips_ahead"] = sum(own.get(name, 0.0) for name in AHEAD)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def holds(figures: dict[str, dict[str, float]], random_touches: float) -> set[str]:
    """Letters of the milestones that `figures` show; `random_touches` are those of the random policy a minute."""
    return _held({name: Estimate(**figure) for name, figure in figures.items()}, random_touches)


def _held(figures: dict[str, Estimate], random_touches: float) -> set[str]:
    held = set()
    for milestone in MILESTONES:
        bar = max(milestone.bar, 3 * random_touches) if milestone.letter == "A" else milestone.bar
        figure = figures.get(f"{milestone.opponent}/{milestone.figure}")
        if figure is not None and (figure.high if milestone.figure == "level" else figure.low) >= bar:
            held.add(milestone.letter)
    return held


def first_held(history: list[set[str]], letter: str) -> int | None:
    """Index of the first of IN_A_ROW evaluations one after the other that show a milestone; None: not yet."""
    for start in range(len(history) - IN_A_ROW + 1):
        if all(letter in held for held in history[start : start + IN_A_ROW]):
            return start
    return None
