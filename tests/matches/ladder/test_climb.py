"""Playing a ladder, with matches that are over at once."""

import numpy as np
import pytest

from jaxrl.matches.ladder import climb as module
from jaxrl.matches.ladder.climb import Terms, choose, climb, records
from jaxrl.matches.ladder.entrants import Entrant
from jaxrl.matches.ladder.records import Match, read
from jaxrl.matches.tally import Tally

PLAYERS = [Entrant(name, name, name) for name in ("random", "chaser", "idle")]


def terms(folder, minutes=1.0, by="matches"):
    return Terms(folder, 1, "rocketsim2", minutes, 5.0, {"random": 0.0}, by)


def tally(goals, against):
    return Tally(5.0, np.array(goals, float), np.array(against, float), *np.zeros((2, len(goals))))


@pytest.fixture
def clock(monkeypatch):
    """Every batch takes ten seconds, the first one thirty; the second player wins all."""
    now = [0.0]

    class Batch:
        def __init__(self, number, team_size, physics, seed):
            self.number, self.played = number, 0

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def kickoff(self, players, seed):
            self.played += 1

        def play(self, minutes, report, figures):
            report(1.0)
            now[0] += 10 if self.played > 1 else 30
            return tally(np.zeros(self.number), np.ones(self.number))

    monkeypatch.setattr(module, "MatchBatch", Batch)
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(("minutes", "batches"), [(0.01, 1), (1.0, 4), (1.2, 5)])
def test_no_batch_is_begun_that_would_not_end_in_time(tmp_path, clock, minutes, batches):
    """30 s, then 10 s each: 4 end within a minute, 5 within 72 s; one is played at least."""
    shown = []
    climb(PLAYERS, terms(tmp_path, minutes), [], lambda title, share: shown.append(title))
    matches, _ = read(tmp_path)
    assert len(matches) == 32 * batches
    assert len(shown) == batches
    assert sorted({match.seed for match in matches}) == list(range(batches))


def test_what_a_report_raises_ends_it_and_what_is_over_stays(tmp_path, clock):
    def report(title, share):
        if clock[0] > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        climb(PLAYERS, terms(tmp_path), [], report)
    assert len(read(tmp_path)[0]) == 32


def test_a_line_of_a_match():
    """Blue in the first half of a batch, one more if it is odd."""
    found = records(tally([3, 0, 1], [1, 0, 2]), *PLAYERS[:2], terms(None), 7)
    assert [(one.a_goals, one.b_goals, one.a_color, one.number) for one in found] == [
        (3, 1, "blue", 0),
        (0, 0, "blue", 1),
        (1, 2, "orange", 2),
    ]
    assert {(one.a, one.b, one.seed, one.seconds, one.mode) for one in found} == {("random", "chaser", 7, 300.0, "1v1")}


@pytest.mark.parametrize("by", ["matches", "goals"])
def test_who_is_new_plays_even_against_players_of_other_modes(tmp_path, by):
    """Idle has played in 2v2 alone, which says nothing about 1v1."""
    line = ["blue", 1, 0, 300.0, "rocketsim2", 0, 0]
    rows = [Match("random", "chaser", "random", "chaser", "1v1", *line)] * 40
    rows += [Match("chaser", "random", "chaser", "random", "1v1", *line)] * 60
    rows += [Match("idle", "random", "idle", "random", "2v2", *line)] * 100
    assert PLAYERS[2] in choose(PLAYERS, rows, terms(tmp_path, by=by), 0)
    assert PLAYERS[2] in choose(PLAYERS, rows, terms(tmp_path, by=by), 4)
