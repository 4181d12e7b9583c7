"""Nexto and Necto of random weights as players: what they choose, when it acts, what they remember."""

import re

import jax
import numpy as np
import pytest
from support.archives import entries_of, random_tensors, write_archive
from support.envs import random_rows
from support.observations import random_state, turned

from jaxrl.bots.necto import network
from jaxrl.bots.necto.observation import nexto_view
from jaxrl.bots.necto.player import NECTO_ACTIONS, NectoPlayer, NextoPlayer, untouched
from jaxrl.bots.players import check_player, is_saved, make_player, physics_of, pinned, team_size_of
from jaxrl.errors import UserError
from jaxrl.game.actions import CONTROLS, EVERY_ACTION, NEUTRAL_ACTION
from jaxrl.game.state import pack, unpack
from jaxrl.matches.compiled import compiled
from jaxrl.matches.play import PLAIN, Timing, both_sides, common_timing, keyed_uniforms, play
from jaxrl.nets.sampling import sample
from jaxrl.sim.engine import make_env
from jaxrl.sim.spec import kickoff_spec

SHAPES = {"nexto": network.nexto_shapes(), "necto": network.necto_shapes()}
ON_FLOOR = np.float32(93.15)


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """`nexto:FILE` and `necto:FILE`."""
    folder = tmp_path_factory.mktemp("weights")
    paths = {kind: write_archive(folder / kind, entries_of(random_tensors(shapes))) for kind, shapes in SHAPES.items()}
    return {kind: f"{kind}:{path}" for kind, path in paths.items()}


@pytest.fixture(scope="module")
def players(names):
    return {kind: make_player(name, 1, 8, 1, "numpy") for kind, name in names.items()}


def act(player, states, memory=None, starts=None, uniforms=0.0):
    shape = unpack(states).boost.shape
    starts = np.zeros(shape[0], bool) if starts is None else starts
    return player.act(memory, states, starts, np.broadcast_to(np.float32(uniforms), shape))


def kickoffs(num_matches, num_cars=2):
    """Cars anywhere, but nobody has touched the ball."""
    states = random_rows(np.random.default_rng(1), (num_matches,), num_cars)
    ball = unpack(states)
    ball.ball_position[:] = 0, 0, ON_FLOOR
    ball.ball_velocity[:] = 0
    return states


def test_names_make_players_for_every_size_of_team(names):
    for kind, expected in (("nexto", NextoPlayer), ("necto", NectoPlayer)):
        player = make_player(names[kind], 1, 6, 2, "numpy")
        assert type(player) is expected
        assert (player.name, player.tick_skip) == (kind, 8), "whatever timing the others have"
        assert player.action_delay_ticks == {"nexto": 7, "necto": 1}[kind]
        check_player(names[kind])
        assert pinned(names[kind]) == names[kind]
        assert not is_saved(names[kind])
        for num_cars in (2, 4, 6):
            states = random_rows(np.random.default_rng(0), (5,), num_cars)
            _, actions = act(player, states, player.start(5))
            assert (actions.shape, actions.dtype) == ((5, num_cars), np.int32)
    assert team_size_of(list(names.values())) == 1
    assert physics_of(list(names.values())) == "auto"


def test_a_file_of_the_other_network_is_refused(names):
    path = names["necto"].removeprefix("necto:")
    message = f"{path}: net.earl.blocks.0.linear1.weight has the shape [256, 128], not [512, 128]: another network"
    with pytest.raises(UserError, match=re.escape(message)):
        make_player(f"nexto:{path}", 1, 8, 1, "numpy")
    with pytest.raises(UserError, match="nexto:: no such player"):
        check_player("nexto:")


def test_nexto_takes_its_best_action(players):
    nexto, states = players["nexto"], random_rows(np.random.default_rng(0), (200,), 2)
    logits = network.nexto_logits(nexto.params, *nexto_view(states))
    for uniforms in (0.0, 0.9):
        np.testing.assert_array_equal(act(nexto, states, uniforms=uniforms)[1], logits.argmax(-1))
    assert len(np.unique(logits.argmax(-1))) > 5


def test_nexto_draws_before_the_first_touch_of_a_kickoff(players):
    """One match in its kickoff beside one that is under way."""
    nexto = players["nexto"]
    states = np.concatenate([kickoffs(1), random_rows(np.random.default_rng(0), (1,), 2)])
    assert untouched(states).tolist() == [True, False]
    logits = network.nexto_logits(nexto.params, *nexto_view(states))
    drawn = [act(nexto, states, uniforms=uniforms)[1] for uniforms in np.linspace(0, 0.999, 50)]
    assert len(np.unique([actions[0, 0] for actions in drawn])) > 3
    assert len(np.unique([actions[1, 0] for actions in drawn])) == 1
    np.testing.assert_array_equal(drawn[10][0], sample(logits, np.full((2, 2), np.linspace(0, 0.999, 50)[10]))[0])


@pytest.mark.parametrize(("field", "value"), [("ball_position", (0, 3, 93)), ("ball_velocity", (-40, 0, 0))])
def test_a_ball_that_moved_was_touched(field, value):
    states = kickoffs(1)
    assert untouched(states).all()
    getattr(unpack(states), field)[:] = value
    assert not untouched(states).any()


def test_nectos_actions_are_its_five_choices():
    """Throttle is pitch; steer is yaw, or with the handbrake roll."""
    for number, row in enumerate(EVERY_ACTION[NECTO_ACTIONS]):
        controls = dict(zip(CONTROLS, row, strict=True))
        throttle, side, jump, boost, slide = np.unravel_index(number, (3, 3, 2, 2, 2))
        assert controls["throttle"] == controls["pitch"] == throttle - 1
        assert controls["steer"] == side - 1
        assert (controls["yaw"], controls["roll"]) == ((0, side - 1) if slide else (side - 1, 0))
        assert (controls["jump"], controls["boost"], controls["handbrake"]) == (jump, boost, slide)
    assert len(set(NECTO_ACTIONS)) == 72


def test_necto_takes_the_best_of_each_choice(players):
    """With logits that are the same everywhere, those of the output's bias: 0 1 0 | 2 1 0 | 1 0 | 0 1 | 1 0."""
    necto = players["necto"]
    bias = np.float32([0, 1, 0, 2, 1, 0, 1, 0, 0, 1, 1, 0])
    output = {"kernel": np.zeros((128, 12), np.float32), "bias": bias}
    decided = NectoPlayer(necto.params | {"output": output})
    _, actions = act(decided, random_rows(np.random.default_rng(0), (3,), 2), decided.start(3))
    # throttle 0, steer left, no jump, boost, no handbrake: hence yaw
    np.testing.assert_array_equal(EVERY_ACTION[actions], np.tile([0, -1, 0, -1, 0, 0, 1, 0], (3, 2, 1)))


class PlainTimers:
    """Necto's timers as they are described: counted down by 8 ticks in every decision."""

    def __init__(self, is_large):
        self.full = 0.4 + 0.6 * is_large
        self.pads, self.demolition = np.zeros(34), 0.0

    def see(self, is_there):
        self.pads[is_there & (self.pads == 0)] = self.full[is_there & (self.pads == 0)]
        self.pads *= is_there
        self.demolition = 3.0 if self.demolition <= 0 else max(self.demolition - 8 / 120, 0)
        shown = self.pads.copy(), self.demolition / 10
        self.pads = np.maximum(self.pads - 8 / 1200, 0)
        return shown


def test_necto_remembers_its_timers(players, monkeypatch):
    """300 decisions with pads that come and go, and a new episode in one of two matches after 100 of them."""
    necto, rng, seen = players["necto"], np.random.default_rng(0), []
    monkeypatch.setattr(
        "jaxrl.bots.necto.player.necto_view",
        lambda states, demolished, pads: seen.append((demolished, pads)) or nexto_view(states),
    )
    is_large = np.isin(np.arange(34), (3, 4, 15, 18, 29, 30))
    plain, memory = [PlainTimers(is_large), PlainTimers(is_large)], necto.start(2)
    states = random_rows(rng, (2,), 2)
    for t in range(300):
        starts = np.array([t == 0, t in (0, 100)])
        plain = [PlainTimers(is_large) if new else old for new, old in zip(starts, plain, strict=True)]
        if t % 7 == 0:
            unpack(states).pads[:] = rng.random((2, 34)) < 0.9
        if t > 200:  # long enough for large pads to begin anew
            unpack(states).pads[:] = 1
        memory, _ = act(necto, states, memory, starts)
        demolished, pads = seen[-1]
        expected = [timers.see(unpack(states).pads[n] > 0) for n, timers in enumerate(plain)]
        np.testing.assert_allclose(pads, [shown for shown, _ in expected], atol=1e-6)
        np.testing.assert_allclose(demolished, [[shown] * 2 for _, shown in expected], atol=1e-6)
    assert memory.dtype == np.int32


@pytest.mark.parametrize("num_cars", [2, 6])
def test_teams_choose_the_same_from_exchanged_places(players, num_cars):
    """The same actions, in matches that are each other's image, whose pads lie opposite each other."""
    half = num_cars // 2
    swap = [*range(half, num_cars), *range(half)]
    states, images = [], []
    for seed in range(20):
        state = random_state(num_cars, seed)
        cars = {name: getattr(state, name)[swap] for name in ("boost", "on_ground", "has_flip_or_jump", "demoed")}
        cars["previous_action"] = state.previous_action[swap]
        vectors = ("position", "velocity", "forward", "up", "angular_velocity")
        cars |= {name: turned(getattr(state, name))[swap] for name in vectors}
        ball = {
            name: turned(getattr(state, name)) for name in state._fields if name.startswith("ball_") and "v" in name
        }
        ball["ball_position"] = turned(state.ball_position)
        states.append(pack(state))
        images.append(pack(state._replace(pads=state.pads[::-1], **cars, **ball)))
    for player in players.values():
        chosen, mirrored = (act(player, np.stack(rows), player.start(20))[1] for rows in (states, images))
        np.testing.assert_array_equal(chosen, mirrored[:, swap])
        assert len(np.unique(chosen)) > 3


@pytest.mark.parametrize(("kind", "delay"), [("nexto", 7), ("necto", 1)])
def test_in_a_match_its_controls_act_when_they_should(players, engine, kind, delay):
    """Orange decides at ticks 0, 8, 16: Nexto's controls act from 7, 15, 23 on, Necto's from 1, 9, 17 on."""
    opponents = make_player("idle", 1, 8, 0, "numpy"), players[kind]
    timing, sent = common_timing(opponents), []
    assert timing == Timing(1, 0)
    mine = np.array([[True, False]])
    with make_env(engine, kickoff_spec(1, 1, *timing, 3), 0, 1) as env:
        send = env.send
        env.send = lambda group, actions: (sent.append(int(actions[0, 1])), send(group, actions))
        moments = list(play(env, opponents, mine, keyed_uniforms(3, 1, 2), 4))
    chosen = [int(moment.actions[0, 1]) for moment in moments]
    assert NEUTRAL_ACTION not in chosen
    assert sent == ([NEUTRAL_ACTION] * delay + [action for action in chosen for _ in range(8)])[:32]


def test_compiled_they_play_the_match_that_numpy_plays(names, engine):
    """Nexto against Necto, in JAX: until rounding tips an action, which it does not here."""
    played = []
    for backend, call in (("numpy", PLAIN), ("jax", compiled())):
        pair = tuple(make_player(name, 1, 8, 1, backend) for name in names.values())
        with make_env(engine, kickoff_spec(4, 1, *common_timing(pair), 3), 0, 1) as env:
            moments = list(play(env, pair, both_sides(4, 2), keyed_uniforms(3, 4, 2), 10, call))
        played.append(np.stack([moment.actions for moment in moments]))
    np.testing.assert_array_equal(*played)
    assert len(np.unique(played[0])) > 3
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(pair)), "JAX takes both apart"
