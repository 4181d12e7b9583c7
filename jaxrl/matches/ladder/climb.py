"""Playing a ladder: batch after batch of matches between the two players whose matches tell most, until time is up."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jaxrl.bots.players import make_player
from jaxrl.game.physics import Engine
from jaxrl.matches.ladder.entrants import Entrant
from jaxrl.matches.ladder.ratings import guess
from jaxrl.matches.ladder.records import Match, append
from jaxrl.matches.ladder.schedule import next_pair, results_expected
from jaxrl.matches.ladder.standings import By, dispersion_of, results_of
from jaxrl.matches.strength import SCRIPTED_TIMING, MatchBatch, pair
from jaxrl.matches.tally import Tally

BATCH = 32  # matches at a time


@dataclass(frozen=True)
class Terms:
    """How a ladder is played."""

    folder: Path
    team_size: int
    physics: Engine
    minutes: float  # of wall-clock time; one batch is played at least
    match_minutes: float  # of game, each match
    anchors: Mapping[str, float]  # Elo by identity
    by: By

    @property
    def mode(self) -> str:
        """1v1, 2v2 or 3v3."""
        return f"{self.team_size}v{self.team_size}"


def climb(
    players: Sequence[Entrant], terms: Terms, earlier: Sequence[Match], report: Callable[[str, float], None]
) -> None:
    """Play, and write every batch to the folder when it is over.

    `earlier` are the matches in the folder. `report` is told who plays and the share of their matches that has been
    played, after every decision; what it raises ends the ladder, and matches that are not over do not count. No batch
    is begun that would not end in time, as far as those before it tell. All players are made before the first match:
    raises UserError, see `make_player`, at once.
    """
    for player in players:
        make_player(player.name, terms.team_size, *SCRIPTED_TIMING, "numpy")
    matches, longest = [*earlier], 0.0
    begin, seed = time.monotonic(), len(earlier)
    make_pair = lru_cache(maxsize=None)(lambda first, second: pair(first, second, terms.team_size))
    with MatchBatch(BATCH, terms.team_size, terms.physics, seed=seed) as arenas:
        batch = 0
        while batch == 0 or time.monotonic() - begin + longest <= 60 * terms.minutes:
            start = time.monotonic()
            first, second = choose(players, matches, terms, batch)
            title = f"{first.label} against {second.label}"
            arenas.kickoff(make_pair(first.name, second.name), seed + batch)
            found = arenas.play(terms.match_minutes, lambda share: report(title, share), figures=False)  # noqa: B023
            played = records(found, first, second, terms, seed + batch)
            append(terms.folder, played)
            matches += played
            longest = max(longest if batch > 1 else 0.0, time.monotonic() - start)  # the first ones also compile
            batch += 1


def choose(players: Sequence[Entrant], matches: Sequence[Match], terms: Terms, batch: int) -> tuple[Entrant, Entrant]:
    """Choose who plays the next batch, after `matches` of all players that there ever were."""
    own = [match for match in matches if match.mode == terms.mode]
    newcomers = [player.identity for player in players]
    results, met = (results_of(own, by, newcomers) for by in (terms.by, "matches"))
    anchors = {name: elo for name, elo in terms.anchors.items() if name in results.players}
    ratings = guess(results, anchors, dispersion_of(own, terms.by))
    candidates = [results.players.index(player.identity) for player in players]
    worth = results_expected(results.played, met.played, BATCH)
    found = next_pair(ratings, met.played, worth, candidates, batch)
    first, second = (players[candidates.index(number)] for number in found)
    return first, second


def records(found: Tally, first: Entrant, second: Entrant, terms: Terms, seed: int) -> list[Match]:
    """The lines of a batch; the first player is blue in the first half of its matches."""
    blue = (len(found.goals) + 1) // 2
    return [
        Match(
            a=first.identity,
            b=second.identity,
            a_label=first.label,
            b_label=second.label,
            mode=terms.mode,
            a_color="blue" if number < blue else "orange",
            a_goals=int(goals),
            b_goals=int(against),
            seconds=round(found.minutes * 60, 3),
            physics=terms.physics,
            seed=seed,
            number=number,
        )
        for number, (goals, against) in enumerate(zip(found.goals, found.against, strict=True))
    ]
