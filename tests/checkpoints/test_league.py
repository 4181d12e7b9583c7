"""The league in a checkpoint: the same pool, the same games, and whoever cannot play is named."""

import numpy as np
import pytest
from support.cli import TINY, run
from support.engines import needs_rocketsim3

from jaxrl.checkpoints.league import LEAGUE_FILE, load_league, read_league, write_league
from jaxrl.errors import UserError
from jaxrl.matches.league import NOBODY, Games, League, LeagueState
from jaxrl.matches.past import PastSelf, Pool, Standing

SHAPE = (4, 40, 2)
GROUPS = (slice(0, 20), slice(20, 40))


def past(env_steps, games=0):
    weights = {"actor/Dense_0/kernel": np.full((3, 2), env_steps, np.float32), "obs_mean": np.zeros(3, np.float32)}
    return PastSelf(env_steps, weights, Standing(0.25, games))


def league_of(size=8):
    return League(0.25, Pool(size), (), GROUPS, SHAPE, seed=0)


@pytest.fixture
def played():
    """A league of seven, one of which sits in a seat but is not in the pool any more."""
    league = league_of()
    for step in (10, 20, 30, 40):
        league.pool.add(past(step, games=step))
    league.take_turns(1)
    gone = league.pool.selves.pop(1)
    assert gone in league.seats
    for step in (50, 60, 70):
        league.pool.add(past(step))
    league.closing = 2
    return league


def told(league):
    return (
        [(each.env_steps, each.standing) for each in league.pool.selves],
        [(each.env_steps, each.standing) for each in league.seats],
        league.closing,
        [column.tolist() for column in league.games],
    )


def test_what_is_read_is_what_was_written(played, tmp_path):
    write_league(tmp_path, played.state())
    other, reports = league_of(), []
    other.restore(read_league(tmp_path), past(0).weights, True, reports.append)
    assert told(other) == told(played)
    assert reports == []
    for league in (played, other):
        league.take_turns(2)
    assert told(other) == told(played), "and both go on alike"
    for ours, theirs in zip(other.seats, played.seats, strict=True):
        for name, array in theirs.weights.items():
            np.testing.assert_array_equal(ours.weights[name], array)


def test_where_new_episodes_begin_the_pool_is_the_same_and_games_are_drawn_anew(played, tmp_path):
    write_league(tmp_path, played.state())
    other = league_of()
    other.restore(read_league(tmp_path), past(0).weights, False, print)
    assert told(other)[0] == told(played)[0]
    numbers = played.games.numbers.copy()
    other.take_turns(2)
    assert len(other.seats) == 4
    np.testing.assert_array_equal(other.games.numbers, numbers + 1)


def test_one_that_cannot_play_is_named_and_left_out(played, tmp_path):
    played.pool.selves[0].weights["obs_mean"][1] = np.nan
    played.pool.selves[1].weights["obs_mean"] = np.zeros(4, np.float32)
    write_league(tmp_path, played.state())
    other, reports = league_of(), []
    other.restore(read_league(tmp_path), past(0).weights, True, reports.append)
    assert reports == [
        "league: the past self of 10 steps is left out: its numbers are not finite",
        "league: the past self of 30 steps is left out: it has another network",
    ]
    assert [each.env_steps for each in other.pool.selves] == [40, 50, 60, 70]
    other.take_turns(2)
    assert {each.env_steps for each in other.seats} <= {40, 50, 60, 70}


def test_a_smaller_pool_takes_the_same_selves(played, tmp_path):
    write_league(tmp_path, played.state())
    other = league_of(size=3)
    other.restore(read_league(tmp_path), past(0).weights, True, print)
    for step in (80, 90):
        other.pool.add(past(step))
    assert len(other.pool.selves) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"seats": np.array([99])},
        {"closing": np.array(7)},
        {"win_rate": np.array([2.0] * 7)},
        {"game_sides": np.array([5] * 10)},
        {"games": np.array([1])},
        {"guest_names": np.frombuffer(b"not json", np.uint8)},
        {"env_steps": np.zeros((2, 2), np.int64)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_damage_is_one_line(played, tmp_path, change):
    write_league(tmp_path, played.state())
    path = tmp_path / LEAGUE_FILE
    np.savez(path, **(dict(np.load(path)) | change))
    with pytest.raises(UserError, match=r"league.npz: damaged \(") as caught:
        read_league(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_claims_more_than_it_holds_is_refused(played, tmp_path):
    write_league(tmp_path, played.state())
    path = tmp_path / LEAGUE_FILE
    np.savez_compressed(path, **(dict(np.load(path)) | {"self_0/obs_mean": np.zeros(10**7, np.float32)}))
    with pytest.raises(UserError, match="compressed"):
        read_league(tmp_path)


def test_guests_keep_their_results(tmp_path):
    nobody = np.array([NOBODY])
    guests = {"chaser": Standing(0.75, 8), "pretrained/duel": Standing(0.125, 3)}
    write_league(tmp_path, LeagueState([], [], [], NOBODY, Games(nobody, 0 * nobody, nobody), guests))
    assert read_league(tmp_path).guests == guests


LEAGUE = {
    "league.share": "0.5",
    "league.save_every": "128",
    "league.size": "3",
    "league.opponents": "{chaser: 0.25}",
    "environment.num_envs": "4",
    "training.n_steps": "32",
}


@needs_rocketsim3
@pytest.mark.slow
def test_a_resumed_league_plays_on_as_if_it_had_never_stopped(tmp_path, cache):
    """Bit for bit, in processes: weights, past selves and running games, in two halves and in one piece."""
    settings = TINY | cache | LEAGUE | {"environment.physics": "rocketsim3", "logging.save_interval": "640"}
    settings |= {"training.total_timesteps": "1280"}
    whole, half = tmp_path / "whole", tmp_path / "half"
    for folder in (whole, half):
        folder.mkdir()
    done = run(settings, cwd=whole)
    assert done.returncode == 0, done.stderr
    again = run(settings, "--resume", str(whole / "checkpoints" / "checkpoint_640"), cwd=half)
    assert again.returncode == 0, again.stderr
    first, second = (folder / "checkpoints" / "final" for folder in (whole, half))
    for file in ("policy.npz", LEAGUE_FILE):
        ours, theirs = np.load(first / file), np.load(second / file)
        assert ours.files == theirs.files
        for name in ours.files:
            np.testing.assert_array_equal(ours[name], theirs[name], err_msg=f"{file}: {name}")
    league = load_league(first)
    pool = [each.env_steps for each, pooled in zip(league.selves, league.in_pool, strict=True) if pooled]
    assert pool[-2:] == [1152, 1280]
    assert len({each.weights["logits_head/kernel"].tobytes() for each in league.selves}) == len(league.selves)
    assert league.guests["chaser"].games > 0
    assert sum(each.standing.games for each in league.selves) > 0
