"""Nexto and Necto as they are, for whoever has their weights and knows what the originals answer.

    JAXRL_NECTO_WEIGHTS=folder    of nexto-model.pt and necto-model.pt, as their makers published them
    JAXRL_NECTO_CHECKS=folder     of nexto-check.npz and necto-check.npz

The checks are M situations: `rows` `[M, F]` of any format, 2 cars; `car` `[M]`, which of them is the bot's; `previous`
`[M, 8]`, its previous controls; `q` `[M, 1, 32]`, `kv` `[M, E, 24]` and `logits` `[M, 90]`, or `logits_0` to `logits_4`
of Necto's choices, as the originals compute them. Necto's timers are those of a first decision.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from jaxrl.bots.necto import network
from jaxrl.bots.necto.archive import read_tensors
from jaxrl.bots.necto.observation import PAD_BOOST, necto_view, nexto_view
from jaxrl.bots.necto.player import NECTO_ACTIONS, untouched
from jaxrl.bots.players import make_player
from jaxrl.game.actions import number_of
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import unpack
from jaxrl.matches.strength import strength

NETWORKS = {
    "nexto": (network.nexto_shapes(), network.nexto_params, network.nexto_logits),
    "necto": (network.necto_shapes(), network.necto_params, network.necto_logits),
}


def given(variable: str, name: str) -> Path:
    """The file in the folder that an environment variable gives; skips the test where there is none."""
    if variable not in os.environ:
        pytest.skip(f"{variable} is not set: a folder with {name}")
    return Path(os.environ[variable]) / name


@pytest.fixture(params=NETWORKS)
def kind(request):
    return request.param


@pytest.fixture
def check(kind):
    with np.load(given("JAXRL_NECTO_CHECKS", f"{kind}-check.npz"), allow_pickle=False) as file:
        return dict(file)


def rows_of(check):
    rows = LAYOUT.upgrade(check["rows"], 2)
    unpack(rows).previous_action[np.arange(len(rows)), check["car"]] = number_of(check["previous"])
    return rows


def test_what_they_see(kind, check):
    rows = rows_of(check)
    state = unpack(rows)
    if kind == "nexto":
        views = nexto_view(rows)
    else:  # pads and demolitions as in a first decision: 4 s of small pads, 10 s of large ones, 3 s, all of 10
        pads = state.pads * np.where(PAD_BOOST == 1, 1, 0.4).astype(np.float32)
        views = necto_view(rows, np.full_like(state.boost, 0.3), pads)
    query, keys = (view[np.arange(len(rows)), check["car"]] for view in views)
    np.testing.assert_allclose(query, check["q"][:, 0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(keys, check["kv"], rtol=1e-6, atol=1e-6)


def test_what_they_answer(kind, check):
    """To 1e-5 of the largest logit (94 and 34): the originals themselves are off by as much, in float32."""
    shapes, params, logits = NETWORKS[kind]
    tensors = read_tensors(given("JAXRL_NECTO_WEIGHTS", f"{kind}-model.pt"), shapes)
    names = ["logits"] if kind == "nexto" else [f"logits_{k}" for k in range(5)]
    expected = np.concatenate([check[name] for name in names], axis=-1)
    found = logits(params(tensors), check["q"][:, 0], check["kv"])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_what_they_choose(kind, check):
    """From the row to the action; before the first touch of a kickoff Nexto draws."""
    player = make_player(f"{kind}:{given('JAXRL_NECTO_WEIGHTS', f'{kind}-model.pt')}", 1, 8, 1, "numpy")
    rows = rows_of(check)
    starts, uniforms = np.ones(len(rows), np.bool_), np.zeros((len(rows), 2), np.float32)
    _, actions = player.act(player.start(len(rows)), rows, starts, uniforms)
    chosen = actions[np.arange(len(rows)), check["car"]]
    if kind == "nexto":
        expected = check["logits"].argmax(-1)
    else:
        choices = [check[f"logits_{k}"].argmax(-1) for k in range(5)]
        expected = NECTO_ACTIONS[np.ravel_multi_index(choices, network.NECTO_LOGITS)]
    best = np.full(len(rows), True) if kind == "necto" else ~untouched(rows)
    assert best.sum() > 100
    np.testing.assert_array_equal(chosen[best], expected[best])


@pytest.mark.slow
def test_goals_against_players_that_do_not_change():
    """In two minutes Nexto makes about 16 goals against nobody, 9 against the chaser and 5 against Necto."""
    nexto, necto = (f"{kind}:{given('JAXRL_NECTO_WEIGHTS', f'{kind}-model.pt')}" for kind in NETWORKS)
    for opponent, found in strength(nexto, ["idle", "chaser", necto], num_matches=8, minutes=2):
        low, high = {"idle": (12, 20), "chaser": (6, 12)}.get(opponent, (2.5, 9))
        assert low < found.goals.mean() < high, opponent
        assert found.against.mean() < 2, opponent
