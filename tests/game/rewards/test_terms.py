"""What holds of every reward term, so that a new one cannot escape: no sides, no NaN, numpy as JAX, its docs."""

import re
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import jax
import numpy as np
import pytest
from support.scenes import play, record
from support.specs import sim_spec
from support.wild_match import Wild

from jaxrl.game.observation.mirror import MIRRORED_ACTIONS, mirror_rows
from jaxrl.game.observation.standard import half_turn
from jaxrl.game.rewards.memory import begin, run, split, step
from jaxrl.game.rewards.registry import TERMS
from jaxrl.game.state import pack, unpack

TEAM_SIZES = (1, 2)


class Rows(NamedTuple):
    """Decisions that follow one another: `[T, N, ...]`."""

    states: np.ndarray
    next_states: np.ndarray
    actions: np.ndarray
    done: np.ndarray

    def values(self, *names: str) -> dict[str, np.ndarray]:
        return run({name: TERMS[name] for name in names}, *self)[1]


@cache
def wild(team_size: int) -> Rows:
    """A match in which cars ram, chase the ball and do anything, from starts of all kinds, with goals and time-outs."""
    spec = replace(
        sim_spec(num_envs=6, team_size=team_size, seed=3),
        start_states=(("near_ball", 0.5), ("random", 0.3), ("kickoff", 0.2)),
        max_episode_ticks=600,
    )
    player, rng = Wild(8, 1), np.random.default_rng(0)
    choose = lambda t, states: player.choose(states, rng.random((6, 2 * team_size), np.float32))  # noqa: E731
    return Rows(*record("rocketsim2", spec, choose, 220))


@cache
def everything(team_size: int) -> tuple[Rows, ...]:
    """The wild match, and all scenes that are played for terms."""
    scenes = play("rocketsim2", team_size)
    return wild(team_size), Rows(scenes.states, scenes.next_states, scenes.actions, scenes.done)


def mirrored(rows: Rows) -> Rows:
    """The same seen in a mirror along the middle of the field: left is right."""
    states, following = (mirror_rows(each) for each in (rows.states, rows.next_states))
    return Rows(states, following, MIRRORED_ACTIONS[rows.actions], rows.done)


def turned(rows: Rows) -> Rows:
    """The same with the teams exchanged: the field turned by 180 degrees, orange's cars in blue's place."""
    states, following = (_turned(each) for each in (rows.states, rows.next_states))
    return Rows(states, following, exchanged(rows.actions), rows.done)


def exchanged(cars: np.ndarray, axis: int = -1) -> np.ndarray:
    """`[..., C]` with the second half of the cars first."""
    return np.roll(cars, cars.shape[axis] // 2, axis=axis)


def _turned(rows: np.ndarray) -> np.ndarray:
    state = half_turn(unpack(rows))
    cars = {}
    for name, value in state._asdict().items():
        if name == "score":
            cars[name] = value[..., ::-1]
        elif name.startswith(("ball_", "pad", "ticks_since_kickoff")):
            cars[name] = value
        else:
            cars[name] = exchanged(value, rows.ndim - 1)
    return pack(state._replace(**cars))


@pytest.mark.parametrize("term", TERMS)
def test_left_is_as_good_as_right_and_blue_as_orange(term):
    """Every term, on the scenes and on matches; each pays something somewhere, or nothing would be compared."""
    paid = False
    for team_size in TEAM_SIZES:
        for rows in everything(team_size):
            values = rows.values(term)[term]
            paid |= bool(values.any())
            np.testing.assert_allclose(mirrored(rows).values(term)[term], values, atol=2e-5, err_msg="mirror")
            other = exchanged(turned(rows).values(term)[term])
            np.testing.assert_allclose(other, values, atol=2e-5, err_msg="half turn")
    assert paid


def test_the_turned_rows_are_those_of_a_match():
    """Turned twice is as before, and once is not; in a match the score and every car's place are exchanged."""
    for rows in (wild(2).states, wild(2).next_states):
        np.testing.assert_array_equal(_turned(_turned(rows)), rows)
        state, other = unpack(rows), unpack(_turned(rows))
        np.testing.assert_array_equal(other.position[..., 0, :], state.position[..., 2, :] * [-1, -1, 1])
        np.testing.assert_array_equal(other.score[..., 0], state.score[..., 1])
        np.testing.assert_array_equal(other.boost[..., 3], state.boost[..., 1])


@pytest.mark.parametrize("team_size", TEAM_SIZES)
def test_no_term_gives_nan_or_infinity(team_size):
    """First states, demolished cars, balls in goals, and a car inside the ball, in which all numbers are 0."""
    demolished, goals = 0, 0
    for rows in everything(team_size):
        state = unpack(rows.next_states)
        demolished += state.demoed.sum()
        goals += (abs(state.ball_position[..., 1]) > 5200).sum()
        first = np.concatenate([rows.states[:1], rows.states[1:][rows.done[:-1]][None, : rows.states.shape[1]]], axis=1)
        first = first[:, : rows.states.shape[1]]
        still = Rows(first, first, rows.actions[:1], rows.done[:1])
        nothing = Rows(*(np.zeros_like(each[:1]) for each in rows))
        for each in (rows, still, nothing):
            for name, values in each.values(*TERMS).items():
                assert np.isfinite(values).all(), name
    assert demolished > 0
    assert goals > 0


OF_TEAMS = {"assist", "passing", "spacing", "last_back", "possession"}


@pytest.mark.parametrize(("team_size", "names"), [(1, TERMS), (2, OF_TEAMS)], ids=["1v1", "2v2"])
def test_numpy_and_jax_give_the_same(team_size, names):
    """All rows in one program; terms with memory as in the first decision of an episode."""
    terms, with_memory = split({name: TERMS[name] for name in names})

    def compute(states, following, actions, carries):
        state, next_state = unpack(states), unpack(following)
        plain = {name: term(state, next_state, actions) for name, term in terms.items()}
        return plain, step(with_memory, carries, state, next_state, actions)

    flat = [[each.reshape(-1, *each.shape[2:]) for each in rows[:3]] for rows in everything(team_size)]
    states, following, actions = (np.concatenate(parts) for parts in zip(*flat, strict=True))
    arguments = states, following, actions, begin(with_memory, actions.shape)
    reference, compiled = compute(*arguments), jax.jit(compute)(*arguments)
    assert jax.tree.structure(reference) == jax.tree.structure(compiled)
    leaves = zip(jax.tree_util.tree_leaves_with_path(reference), jax.tree.leaves(compiled), strict=True)
    for (path, ours), theirs in leaves:
        np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=5e-5, err_msg=jax.tree_util.keystr(path))


@pytest.mark.parametrize("term", ["ball_goal_distance", "goal_view", "win_probability"])
def test_potentials_pay_what_the_end_is_more_worth_than_the_start(term):
    """However the ball went in between: the sum from the first to the last state is that of one step between them.

    The wild match has goals; the kickoff after one pays nothing, as it is no decision. The probability of a goal is 1
    or 0 once it has fallen.
    """
    rows = wild(1)
    values, ends = rows.values(term)[term], 0
    for n in range(rows.done.shape[1]):
        begin_at = 0
        for end in np.flatnonzero(rows.done[:, n]):
            ends += 1
            first, last = rows.states[begin_at, n].copy(), rows.next_states[end, n]
            unpack(first).score[:] = unpack(rows.states[end, n]).score
            at_once = Rows(*(each[None, None] for each in (first, last, rows.actions[end, n], rows.done[end, n])))
            expected = at_once.values(term)[term][0, 0]
            np.testing.assert_allclose(values[begin_at : end + 1, n].sum(0), expected, atol=1e-4)
            begin_at = end + 1
    assert ends > 6
    assert unpack(rows.next_states).score.max() > 0


@pytest.mark.parametrize("term", TERMS)
def test_values_are_in_the_range_that_the_term_says(term):
    text = re.search(r"^ *Range: (-?[\d.]+) (?:to|or) (-?[\d.]+)", TERMS[term].__doc__ or "", re.MULTILINE)
    assert text is not None
    least, most = map(float, text.groups())
    for team_size in TEAM_SIZES:
        for rows in everything(team_size):
            values = rows.values(term)[term]
            assert least - 1e-4 <= values.min()
            assert values.max() <= most + 1e-4


@pytest.mark.parametrize("term", TERMS)
def test_a_term_says_what_it_is(term):
    """Its docstring has what the table of the docs is made of, in that order."""
    text = TERMS[term].__doc__ or ""
    assert re.match(r"[A-Z1].*\.\n\n", text), "a first line that is a phrase"
    parts = re.findall(r"^ *(Formula|Memory|Range|Good for|Source): \S", text, re.MULTILINE)
    assert [part for part in parts if part != "Memory"] == ["Formula", "Range", "Good for", "Source"]
    assert ("Memory" in parts) == (term in split(TERMS)[1])
    assert ("negative weight" in text) == (term in AVOIDED)


AVOIDED = {"concede", "demoed", "bumped", "stalling", "turtle", "boost_spent", "boost_waste", "own_goal_risk"}
