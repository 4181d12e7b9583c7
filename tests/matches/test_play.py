"""The match loop on real RocketSim: who acts when, what each player sees, and that no path changes the game."""

from dataclasses import dataclass, field

import jax
import numpy as np
import pytest
from support.bots import write_bot
from support.policies import make_ppo, save, trained_state

from jaxrl.bots.handicap import Handicapped
from jaxrl.bots.player import PolicyPlayer
from jaxrl.bots.players import make_player
from jaxrl.bots.policy import Policy
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import LONG_AGO, unpack
from jaxrl.matches.compiled import compiled
from jaxrl.matches.play import PLAIN, Timing, both_sides, common_timing, keyed_uniforms, one_side, play
from jaxrl.sim.engine import make_env
from jaxrl.sim.spec import kickoff_spec


@dataclass
class Fake:
    """Does its k-th decision's number, counted from `first` and again after 20; writes down what it was shown."""

    tick_skip: int
    action_delay_ticks: int
    first: int = 20
    name: str = "fake"
    seen: list = field(default_factory=list)
    starts: list = field(default_factory=list)

    def start(self, num_matches):
        return np.zeros(num_matches, int)

    def act(self, memory, states, starts, uniforms):
        self.seen.append(states.copy())
        self.starts.append(starts.copy())
        return memory + 1, np.broadcast_to((self.first + memory % 20)[:, None], uniforms.shape).astype(np.int32)


def run(players, mine, decisions, timing=None, call=PLAIN, seed=3, groups=1, engine="rocketsim2"):
    """Moments of matches, each array with all matches: {name: [T, N, ...]}.

    And the actions of every step, `[steps][C]` of the first match.
    """
    num_matches, num_cars = mine.shape
    spec = kickoff_spec(num_matches, num_cars // 2, *(timing or common_timing(players)), seed)
    uniforms = keyed_uniforms(seed, num_matches, num_cars)
    sent = []
    with make_env(engine, spec, 0, groups) as env:
        send = env.send
        env.send = lambda group, actions: (sent.append(actions[0].tolist()), send(group, actions))
        moments = list(play(env, players, mine, uniforms, decisions, call, timing))
        parts = [moments[group::groups] for group in range(groups)]
        names = ("states", "actions", "next_states", "ended", "starts")
        return {
            name: np.concatenate([np.stack([getattr(m, name) for m in part]) for part in parts], axis=1)
            for name in names
        } | {"seconds": np.array([m.seconds for m in parts[0]])}, sent


def test_who_acts_at_which_tick():
    """Blue decides every 4 ticks without delay, orange every 8 with a delay of 1: worked out by hand, tick by tick."""
    blue, orange = Fake(4, 0, first=20), Fake(8, 1, first=40)
    assert common_timing((blue, orange)) == Timing(1, 0)
    moments, sent = run((blue, orange), one_side(1, 2), decisions=5)
    assert [b for b, _ in sent] == [20] * 4 + [21] * 4 + [22] * 4 + [23] * 4 + [24] * 4
    # chosen at ticks 0, 8, 16; in effect from 1, 9, 17. Nothing is pressed before (8 is the neutral action)
    assert [o for _, o in sent] == [8] + [40] * 8 + [41] * 8 + [42] * 3
    # what each sees of its own last action, and of the other's, when it decides
    assert [unpack(rows).previous_action[0].tolist() for rows in blue.seen] == [
        [8, 8], [20, 40], [21, 40], [22, 41], [23, 41],
    ]  # fmt: skip
    assert [unpack(rows).previous_action[0].tolist() for rows in orange.seen] == [[8, 8], [21, 40], [23, 41]]
    assert [starts.tolist() for starts in orange.starts] == [[True], [False], [False]]
    np.testing.assert_allclose(moments["seconds"], np.arange(1, 6) * 4 / 120)
    np.testing.assert_array_equal(moments["states"][1:], moments["next_states"][:-1])
    np.testing.assert_array_equal(moments["states"], np.stack(blue.seen))


def test_a_delay_longer_than_a_decision():
    """Three ticks a decision, seven until it takes effect: what was chosen at 0, 3, 6 is in effect from 7, 10, 13."""
    blue, orange = Fake(3, 7), Fake(3, 0, first=40)
    _, sent = run((blue, orange), one_side(1, 2), decisions=5)
    assert [b for b, _ in sent] == [8] * 7 + [20] * 3 + [21] * 3 + [22] * 2


def test_the_same_delay_needs_no_single_ticks():
    blue, orange = Fake(4, 1), Fake(8, 1, first=40)
    assert common_timing((blue, orange)) == Timing(4, 1)
    _, sent = run((blue, orange), one_side(1, 2), decisions=4)
    assert sent == [[20, 40], [21, 40], [22, 41], [23, 41]]


def test_a_handicap_holds_the_action_and_keeps_the_delay():
    """Decides every 8 ticks, seven of delay, held to every third: what was chosen at 0 and 24 acts from 7 and 31."""
    blue, orange = Handicapped(Fake(8, 7), 3), Fake(8, 1, first=40)
    assert (blue.name, blue.tick_skip, blue.action_delay_ticks) == ("fake@3", 24, 7)
    moments, sent = run((blue, orange), one_side(1, 2), decisions=2)
    assert [b for b, _ in sent] == [8] * 7 + [20] * 24 + [21] * 17
    assert [o for _, o in sent] == [8] + [40] * 8 + [41] * 8 + [42] * 8 + [43] * 8 + [44] * 8 + [45] * 7
    assert [unpack(rows).previous_action[0].tolist() for rows in blue.player.seen] == [[8, 8], [20, 42]]
    np.testing.assert_allclose(moments["seconds"], [24 / 120, 48 / 120])
    # beside itself without handicap one step is a whole decision
    assert common_timing((blue, Fake(8, 7))) == Timing(8, 7)
    _, sent = run((Fake(8, 7, first=40), Handicapped(Fake(8, 7), 3)), one_side(1, 2), decisions=6)
    assert sent == [[40, 20], [41, 20], [42, 20], [43, 21], [44, 21], [45, 21]]


def assert_same(found, expected, name):
    """Equal bit by bit, in rows but for what is summed up over a decision."""
    if "states" not in name and name != "starts":
        np.testing.assert_array_equal(found, expected, err_msg=name)
        return
    for entry, a, b in zip(LAYOUT.fields, unpack(found), unpack(expected), strict=True):
        tolerance = 1e-3 if entry.name in ("boost_used", "boost_gained", "pad_seconds") else 0
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=f"{name}: {entry.name}")


@pytest.mark.parametrize("delay", [0, 1, 8])
def test_stepping_tick_by_tick_is_the_same_game(engine, delay):
    """Both players as one wants it (a step a decision) and in single ticks: the same rows bit by bit until a goal.

    Sums of boost and the time of pads are added up in other portions: they differ in the last bits.
    """
    players = tuple(make_player(name, 1, 8, delay, "numpy") for name in ("chaser", "random"))
    whole, _ = run(players, both_sides(6, 2), 40, engine=engine)
    parts, sent = run(players, both_sides(6, 2), 40, Timing(1, 0), engine=engine)
    assert len(sent) == 320
    assert not whole["ended"].any()
    assert (unpack(whole["states"]).ticks_since_contact < LONG_AGO).any(), "somebody has touched the ball"
    for name, expected in whole.items():
        assert_same(parts[name], expected, name)


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    ppo = make_ppo("relu", False, False, True, 1)
    return str(save(tmp_path_factory.mktemp("play") / "bot", ppo, trained_state(ppo)))


def test_a_bot_trained_with_a_delay_plays_the_same_against_a_player_of_another_timing(engine, bot):
    """Orange idles, at whatever timing: the bot's match stays bit by bit what it is in a world of its own timing."""
    policy = make_player(bot, 1, 8, 1, "numpy")
    assert (policy.tick_skip, policy.action_delay_ticks) == (8, 1)
    alone, _ = run((policy, make_player("idle", 1, 8, 1, "numpy")), one_side(4, 2), 60, engine=engine)
    mixed, sent = run((policy, make_player("idle", 1, 3, 0, "numpy")), one_side(4, 2), 60, engine=engine)
    assert len(sent) == 480
    for name, expected in alone.items():
        assert_same(mixed[name], expected, name)
    assert len(np.unique(alone["actions"][..., 0])) > 20


def test_a_bot_with_a_delay_of_its_own_plays_the_same_as_the_second_player(engine, tmp_path):
    """As orange, 5 ticks of delay, against a car that idles at another timing: bit by bit as in its own world."""
    _, policy = write_bot(tmp_path / "bot", 1, tick_skip=8, action_delay_ticks=5)
    late, idle = PolicyPlayer("late", policy), make_player("idle", 1, 8, 5, "numpy")
    alone, _ = run((idle, late), one_side(4, 2), 60, engine=engine)
    mixed, sent = run((make_player("idle", 1, 8, 1, "numpy"), late), one_side(4, 2), 60, engine=engine)
    assert len(sent) == 480
    np.testing.assert_array_equal(mixed["actions"][..., 1], alone["actions"][..., 1])
    np.testing.assert_array_equal(unpack(mixed["next_states"]).position, unpack(alone["next_states"]).position)
    assert len(np.unique(alone["actions"][..., 1])) > 20


def test_compiled_in_two_groups_it_plays_the_same_match(engine, bot):
    """Actions of JAX and numpy may differ where two are equally likely to the last bit; here they do not."""
    numpy_players, jax_players = (
        (make_player(bot, 1, 8, 1, backend), make_player("chaser", 1, 8, 1, backend)) for backend in ("numpy", "jax")
    )
    plain, _ = run(numpy_players, both_sides(6, 2), 30, engine=engine)
    fast, _ = run(jax_players, both_sides(6, 2), 30, call=compiled(), groups=2, engine=engine)
    for name, expected in plain.items():
        np.testing.assert_array_equal(fast[name], expected, err_msg=name)


@pytest.mark.parametrize("timing", [None, Timing(1, 0)], ids=["in step", "tick by tick"])
def test_after_a_goal_the_next_kickoff_is_a_start(engine, timing):
    """A chaser alone on the field scores sooner or later: true last states, neutral controls, starts for both."""
    chaser, fake = make_player("chaser", 1, 8, 1, "numpy"), Fake(8, 1, first=40)
    moments, _ = run((chaser, fake), one_side(8, 2), 450, timing, seed=1, engine=engine)
    t, n = np.argwhere(moments["ended"])[0]
    before, after, following = (unpack(moments[name][t, n]) for name in ("states", "next_states", "starts"))
    assert abs(after.score - before.score).sum() == 1
    assert abs(after.ball_position[1]) > 5120, "behind the line"
    assert abs(following.ball_position[1]) < 100, "in the middle again"
    assert following.previous_action.tolist() == [8, 8]
    assert (following.ticks_since_contact >= LONG_AGO).all()
    starts = np.stack(fake.starts)  # at the decision after the goal, of both players
    np.testing.assert_array_equal(starts[1:], moments["ended"][:-1])
    np.testing.assert_array_equal(moments["starts"][:-1], moments["states"][1:])


def test_bots_of_one_layout_are_compiled_once(tmp_path, monkeypatch):
    """Two bots with other weights, names and ages, against the chaser: their weights are arguments, not constants."""
    ppo = make_ppo("relu", False, False, True, 1)
    state = trained_state(ppo)
    older = state.replace(
        params=jax.tree.map(lambda leaf: -leaf, state.params), env_steps=state.env_steps + np.uint32(384)
    )
    names = [str(save(tmp_path / name, ppo, one)) for name, one in (("new", state), ("old", older))]
    traced, act = [], Policy.act
    monkeypatch.setattr(Policy, "act", lambda self, *arguments: traced.append(1) or act(self, *arguments))
    call, played = compiled(), []
    for name in names:
        bot, chaser = make_player(name, 1, 8, 1, "jax"), make_player("chaser", 1, 8, 1, "jax")
        played.append(run((bot, chaser), both_sides(4, 2), 5, call=call)[0]["actions"])
    assert len(traced) == 1
    assert (played[0] != played[1]).any()
