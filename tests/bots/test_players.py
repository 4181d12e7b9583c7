"""From a name to a player, and a user's own players: with a memory, and told of new episodes."""

import sys

import numpy as np
import pytest
from support.bots import write_bot

from jaxrl.bots.players import check_player, make_player, pinned
from jaxrl.errors import UserError
from jaxrl.matches.compiled import compiled
from jaxrl.matches.play import PLAIN, both_sides, common_timing, keyed_uniforms, play
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.spec import kickoff_spec

OWN = """
import numpy as np

class Counter:
    '''Does the number of its decision in this episode, at most 20.'''

    name = "counter"

    def __init__(self, tick_skip):
        self.tick_skip, self.action_delay_ticks = tick_skip, 0

    def start(self, num_matches):
        return np.zeros(num_matches, int)

    def act(self, memory, states, starts, uniforms):
        assert type(states) is type(starts) is type(uniforms) is np.ndarray
        memory = np.where(starts, 0, np.minimum(memory + 1, 20))
        return memory, np.repeat(memory[:, None], uniforms.shape[1], axis=1).astype(np.int32)

def make(team_size, tick_skip, action_delay_ticks):
    return Counter(tick_skip)

def half(team_size, tick_skip, action_delay_ticks):
    return Counter(0.5)

def nothing(team_size, tick_skip, action_delay_ticks):
    return "player"

def broken(team_size, tick_skip, action_delay_ticks):
    raise RuntimeError(f"not for {team_size}v{team_size}\\nat all")
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_players.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("own_players", None)


@pytest.mark.parametrize(("backend", "call"), [("numpy", PLAIN), ("jax", compiled())], ids=["numpy", "jax"])
def test_a_users_own_player_remembers_and_is_told_of_kickoffs(own, backend, call):
    """Its number starts again at 0 after every goal, beside a chaser that JAX may compile."""
    players = tuple(make_player(name, 1, 8, 0, backend) for name in ("own_players:make", "chaser"))
    mine = both_sides(6, 2)
    with RocketSimEnv(kickoff_spec(6, 1, *common_timing(players), 5), 0, 2) as env:
        moments = list(play(env, players, mine, keyed_uniforms(0, 6, 2), 300, call))
    actions, ended = (
        np.concatenate([np.stack([getattr(m, name) for m in moments[g::2]]) for g in range(2)], 1)
        for name in ("actions", "ended")
    )
    assert ended.any(), "somebody scored"
    expected = np.zeros(6, int)
    for t in range(300):
        np.testing.assert_array_equal(actions[t][mine], expected)
        expected = np.where(ended[t], 0, np.minimum(expected + 1, 20))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_players:absent", "own_players:absent: own_players has no function absent"),
        ("no_such_module:make", "no_such_module:make: cannot import no_such_module: there is no module no_such_module"),
        ("own_players:half", "own_players:half: tick_skip is 0.5, must be a whole number of ticks, at least 1"),
        ("own_players:nothing", "own_players:nothing: returned a str, not a Player: no name, tick_skip, action_delay"),
        ("own_players:broken", "own_players:broken: failed (RuntimeError: not for 1v1 at all)"),
        (
            "iddle",
            "iddle: no such player; did you mean idle? It must be idle, random, chaser, striker, racer, the folder",
        ),
    ],
)
def test_what_cannot_play_is_one_line(own, name, message):
    with pytest.raises(UserError) as caught:
        make_player(name, 1, 8, 0, "numpy")
    assert str(caught.value).startswith(message)
    assert len(str(caught.value).splitlines()) == 1


def test_a_check_needs_no_game(own):
    for name in ("idle", "own_players:make"):
        check_player(name)
    with pytest.raises(UserError, match="no such player"):
        check_player("ranndom")


def test_greedy_is_asked_for_behind_the_folder(tmp_path, monkeypatch):
    """Also where the folder's name could be a module's; a folder that is really called so is itself."""
    monkeypatch.chdir(tmp_path)
    bots = {name: write_bot(tmp_path / name, 1)[0] for name in ("bot", "odd:greedy")}
    assert not make_player("bot", 1, 8, 1, "numpy").greedy
    assert make_player("bot:greedy", 1, 8, 1, "numpy").greedy
    assert make_player(f"{bots['bot']}:greedy", 1, 8, 1, "numpy").name == "bot:greedy"
    assert not make_player("odd:greedy", 1, 8, 1, "numpy").greedy
    assert pinned("bot:greedy") == "bot:greedy"
    with pytest.raises(UserError, match="no module"):
        make_player("nobody:greedy", 1, 8, 1, "numpy")
