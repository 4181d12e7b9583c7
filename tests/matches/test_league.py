"""Who plays in which arena, what counts, and what is learnt from: games of past selves and guests in training."""

from functools import lru_cache, partial

import jax
import numpy as np
import pytest
from support.envs import random_rows
from support.policies import make_ppo, trained_state

from jaxrl.bots.players import make_player
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import policy_arrays
from jaxrl.checkpoints.bot import as_policy
from jaxrl.errors import UserError
from jaxrl.game.state import pack, unpack
from jaxrl.matches.guests import Guest
from jaxrl.matches.league import NOBODY, SEATS, TURN, League, places_of, stacked
from jaxrl.matches.mixed import act_mixed
from jaxrl.matches.past import PastSelf, Pool, Standing
from jaxrl.matches.play import Timing
from jaxrl.sim.vec_env import Step

GROUPS = (slice(0, 20), slice(20, 40))
TIMING = Timing(8, 1)


def past(env_steps, win_rate=0.5):
    return PastSelf(env_steps, {"weight": np.full(3, env_steps, np.float32)}, Standing(win_rate))


def league_of(selves, share=0.25, guests=(), num_cars=2, steps=4, seed=3):
    return League(share, Pool(8, [*selves]), guests, GROUPS, (steps, 40, num_cars), seed)


def rows(n, num_cars=2, score=(0, 0)):
    state = unpack(random_rows(np.random.default_rng(0), (n,), num_cars))
    return pack(state._replace(score=np.broadcast_to(np.array(score, np.float32), (n, 2))))


class Played:
    """Lets a league play one decision after the other: the present self always does 1, past selves 2 + their seat."""

    def __init__(self, league, num_cars=2):
        self.league, self.num_cars, self.t = league, num_cars, 0
        self.chosen = []  # [N, C] of every decision

    def own(self, states, uniforms):
        return np.ones((len(states), self.num_cars), np.int32)

    def both(self, weights, states, uniforms, seats, sides):
        assert set(weights) == {"weight"}
        actions = self.own(states, uniforms)
        half = np.arange(self.num_cars) >= self.num_cars // 2
        theirs = (seats != NOBODY)[:, None] & (half != (sides == 1)[:, None])
        actions[: len(seats)][theirs] = np.broadcast_to(2 + seats[:, None], theirs.shape)[theirs]
        return actions

    def decide(self, ended=(), goals=None):
        """A decision of all arenas, after which those of `ended` begin anew; `goals` {arena: (blue, orange)}."""
        states, final = rows(40, self.num_cars), rows(40, self.num_cars)
        for arena, scored in (goals or {}).items():
            unpack(final).score[arena] = scored
        over = np.isin(np.arange(40), [*ended])
        actions = []
        for group, members in enumerate(GROUPS):
            uniforms = np.zeros((20, self.num_cars), np.float32)
            chosen = self.league.choose(self.t, group, states[members], uniforms, self.own, self.both).actions
            step = Step(
                state=states[members],
                final_state=final[members],
                terminated=over[members],
                truncated=np.zeros(20, bool),
            )
            self.league.receive(group, step)
            actions.append(chosen)
        self.t = (self.t + 1) % 4
        self.chosen.append(np.concatenate(actions))
        return self.chosen[-1]


def in_the_league(league):
    """The arenas of past selves, [M]."""
    return np.concatenate(
        [np.arange(40)[group][places.arenas] for group, places in zip(GROUPS, league.places[0], strict=True)]
    )


def test_shares_are_shares_of_the_arenas():
    """Of 40 arenas a quarter, then two, then one: dealt out to the groups in turn, side by side."""
    found = places_of([0.25, 0.05, 0.001], GROUPS)
    arenas = [[range(20)[places.arenas] for places in kind] for kind in found]
    assert [[len(each) for each in kind] for kind in arenas] == [[5, 5], [1, 1], [1, 0]]
    for group in range(2):
        taken = [arena for kind in arenas for arena in kind[group]]
        assert taken == [*range(len(taken))]
    games = [range(13)[places.games] for kind in found for places in kind]
    assert [game for each in games for game in each] == [*range(13)]


def test_shares_that_do_not_fit_are_one_line():
    with pytest.raises(UserError, match=r"its shares need 4 of 2 arenas, more than a group of them has"):
        places_of([0.5, 0.1, 0.1, 0.1], (slice(0, 1), slice(1, 2)))


def test_before_there_is_a_past_self_all_games_are_the_present_selfs():
    played = Played(league_of([]))
    played.league.take_turns(0)
    assert (played.decide() == 1).all()
    assert (played.league.weight() == 1).all()


def test_of_a_short_rollout_there_are_as_many_weights():
    """Room is for four decisions, as of the longest rollout of the run; one of three has three."""
    played = Played(league_of([]))
    played.league.take_turns(0)
    for decisions in (1, 2, 3):
        played.decide()
        assert played.league.weight().shape == (decisions, 40, 2)


def test_past_selves_play_one_side_of_their_arenas_and_nothing_is_learnt_from_it():
    """Both sides and all seats come up; the weight is 0 exactly where a past self chose."""
    league = league_of([past(step) for step in range(1, 7)])
    league.take_turns(1)
    played = Played(league)
    for _ in range(60):
        actions = played.decide(ended=range(40))
        weight = league.weight()[(played.t - 1) % 4]
        np.testing.assert_array_equal(weight, actions == 1)
        others = np.setdiff1d(np.arange(40), in_the_league(league))
        assert (actions[others] == 1).all()
        assert ((actions[in_the_league(league)] > 1).sum(axis=1) == 1).all()
    chosen = np.stack(played.chosen)[:, in_the_league(league)]
    assert set(np.unique(chosen)) == {1, 2, 3, 4, 5}
    assert 0.4 < (chosen[..., 0] > 1).mean() < 0.6, "half of the time they are blue"


@pytest.mark.parametrize("num_cars", [4, 6])
def test_a_past_self_drives_all_cars_of_its_side(num_cars):
    league = league_of([past(1)], num_cars=num_cars)
    league.take_turns(1)
    actions = Played(league, num_cars).decide()[in_the_league(league)]
    sides = (actions.reshape(-1, 2, num_cars // 2) > 1).all(axis=2)
    assert (sides.sum(axis=1) == 1).all()
    assert ((actions > 1).sum(axis=1) == num_cars // 2).all()


def test_an_episode_has_the_same_opponent_from_beginning_to_end():
    league = league_of([past(step) for step in range(1, 7)])
    league.take_turns(1)
    played = Played(league)
    first = played.decide()
    for update in range(2, 200):
        league.take_turns(update)
        np.testing.assert_array_equal(played.decide(), first)
    ended = in_the_league(league)[:5]
    played.decide(ended=ended)
    after = played.decide()
    others = np.setdiff1d(np.arange(40), ended)
    np.testing.assert_array_equal(after[others], first[others])
    assert (after[ended] != first[ended]).any()


def test_seats_change_hands_once_their_games_are_over():
    """Everybody of a pool of six gets to play with four seats; a seat that is closed takes no new games."""
    league = league_of([past(step) for step in range(1, 7)])
    played, seen = Played(league), set()
    for update in range(1, 40 * TURN):
        league.take_turns(update)
        assert len(league.seats) == SEATS
        played.decide(ended=range(40))
        seen |= {each.env_steps for each in league.seats}
        assert not (league.games.seats == league.closing).any() or league.closing == NOBODY
    assert seen == {1, 2, 3, 4, 5, 6}


def test_the_one_that_is_not_beaten_yet_is_met_most():
    league = league_of([past(1, win_rate=0.9), past(2, win_rate=0.1)])
    league.take_turns(1)
    hard = next(seat for seat, each in enumerate(league.seats) if each.env_steps == 2)
    played, met = Played(league), []
    for _ in range(100):
        league.seats[hard].standing.win_rate, league.seats[1 - hard].standing.win_rate = 0.1, 0.9
        actions = played.decide(ended=range(40))
        met += [*actions[actions > 1] - 2]
    assert (np.array(met) == hard).mean() == pytest.approx(0.83 / 0.86, abs=0.04)


def test_results_count_for_the_side_that_was_played():
    """Blue scores in every game: the present self wins where it was blue and loses where it was orange; then draws."""
    league = league_of([past(1)])
    league.take_turns(1)
    played, arenas = Played(league), in_the_league(league)
    sides = league.games.sides.copy()
    assert 0 < sides.sum() < len(sides)
    played.decide(ended=arenas, goals={arena: (1, 0) for arena in arenas})
    standing, expected = league.seats[0].standing, Standing()
    for side in sides:
        expected.count(1 - side)
    assert (standing.win_rate, standing.games) == (pytest.approx(expected.win_rate), 10)
    played.decide(ended=arenas)
    assert standing.games == 20
    for _ in sides:
        expected.count(0.5)
    assert standing.win_rate == pytest.approx(expected.win_rate)
    assert league.figures() == {
        "past_selves": 1.0,
        "win_rate_past": standing.win_rate,
        "win_rate_hardest": standing.win_rate,
    }


def test_the_same_seed_draws_the_same_games():
    first, second, other = (Played(league_of([past(1), past(2)], seed=seed)) for seed in (1, 1, 2))
    for update in range(1, 30):
        for played in (first, second, other):
            played.league.take_turns(update)
            played.decide(ended=range(0, 40, 3))
    np.testing.assert_array_equal(np.stack(first.chosen), np.stack(second.chosen))
    assert (np.stack(first.chosen) != np.stack(other.chosen)).any()


# Fixed opponents


@lru_cache
def guest(share=0.1):
    return Guest("chaser", make_player("chaser", 1, 8, 1, "numpy"), share, TIMING)


def test_a_guest_plays_in_arenas_of_its_own():
    league = league_of([past(1)], guests=[guest()])
    league.take_turns(1)
    played = Played(league)
    actions = played.decide(ended=range(40), goals={arena: (0, 1) for arena in range(40)})
    arenas = [5, 6, 25, 26]
    chaser = make_player("chaser", 1, 8, 1, "numpy")
    for members in GROUPS:
        mine = np.array([arena for arena in arenas if members.start <= arena < members.stop])
        _, expected = chaser.act(
            None, rows(40)[members][mine - members.start], np.ones(2, np.bool_), np.zeros((2, 2), np.float32)
        )
        found = actions[mine]
        weight = league.weight()[0][mine]
        np.testing.assert_array_equal(found[weight == 0], expected[weight == 0])
        assert (weight.sum(axis=1) == 1).all()
        assert (found[weight == 1] == 1).all()
    assert guest().standing.games == 4
    assert "win_rate_chaser" in league.figures()


def test_a_guest_that_decides_less_often_holds_its_action():
    slow = Guest("random", make_player("random", 1, 24, 1, "numpy"), 0.5, TIMING)
    slow.start([3], 2)
    states, uniforms = rows(3), np.random.default_rng(0).random((12, 3, 2), np.float32)
    chosen = []
    for t in range(12):
        chosen.append(slow.choose(0, states, uniforms[t]).copy())
        slow.watch(0, states, states, np.zeros(3, np.bool_))
    for t in range(12):
        np.testing.assert_array_equal(chosen[t], (uniforms[t // 3 * 3] * 90).astype(np.int32))


def test_a_guest_out_of_step_is_one_line():
    with pytest.raises(
        UserError, match=r"league.opponents: random decides every 12 ticks, which is no multiple of .* 8"
    ):
        Guest("random", make_player("random", 1, 12, 1, "numpy"), 0.5, TIMING)


# What past selves choose


@pytest.mark.parametrize(
    ("team_size", "options"),
    [(1, ()), (1, ("game.action_masks=true", "observation.mirror=true")), (2, ("observation.mirror=true",))],
    ids=["1v1", "masked and mirrored", "2v2 mirrored"],
)
def test_past_selves_choose_as_the_bots_that_they_were(team_size, options):
    """Arena by arena against the bots in numpy; everybody else does as without a league."""
    ppo = make_ppo("tanh", False, False, True, team_size, "normalization.clip_observations=2", *options)
    state = trained_state(ppo)
    rng, cars = np.random.default_rng(1), 2 * team_size

    def moved(leaf):
        return leaf + rng.normal(0, 0.3, leaf.shape).astype(np.float32)

    selves = [
        PastSelf(k, policy_arrays(jax.tree.map(moved, state.params)["params"], state.obs_stats)) for k in range(3)
    ]
    description = as_policy(ppo.config, ppo, state).description
    states, uniforms = random_rows(rng, (40,), cars), rng.random((40, cars), np.float32)
    seats, sides = np.array([0, 1, 2, NOBODY] * 4), rng.integers(2, size=16)
    mixed = jax.jit(partial(act_mixed, ppo, description))
    found = np.asarray(mixed(state.params, state.obs_stats, stacked(selves), states, uniforms, seats, sides))
    own = np.asarray(jax.jit(ppo.act)(state.params, state.obs_stats, states, uniforms))
    differ = same = 0
    for arena in range(40):
        seat = seats[arena] if arena < 16 else NOBODY
        bot = Policy(description, dict(selves[seat].weights), ppo.game.actions)
        theirs = bot.act(states[arena], uniforms[arena])
        for car in range(cars):
            is_other = seat != NOBODY and (car >= team_size) != (sides[arena] == 1)
            same += found[arena, car] == (theirs if is_other else own[arena])[car]
            differ += is_other and theirs[car] != own[arena, car]
    assert same >= 40 * cars - 1, "a sum may round to the other side of a random number"
    assert differ > 5, "else it would show nothing"
