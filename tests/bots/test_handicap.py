"""The handicap behind a player's name: what it is, what is a path instead, and how it decides and holds."""

import re

import jax
import numpy as np
import pytest
from support.archives import entries_of, random_tensors, write_archive
from support.bots import write_bot

from jaxrl.bots.handicap import Handicapped, split
from jaxrl.bots.necto.network import necto_shapes
from jaxrl.bots.players import check_player, is_saved, make_player, physics_of, pinned, saved_bot, team_size_of
from jaxrl.errors import UserError
from jaxrl.matches.compiled import is_pytree


def test_a_number_behind_an_at_sign():
    assert split("chaser@8") == ("chaser", 8)
    assert split("my_module:make@2") == ("my_module:make", 2)
    assert split("nexto:model.pt@16") == ("nexto:model.pt", 16)
    for name in ("chaser", "chaser@", "@4", "chaser@-1", "chaser@1.5", "chaser@four", "chaser@ 4"):
        assert split(name) == (name, 1)
    assert split("chaser@2@3") == ("chaser@2", 3)
    with pytest.raises(UserError, match="chaser@0: @K is a whole number of decisions, at least 1"):
        split("chaser@0")


def test_a_path_that_ends_so_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "bot@2").mkdir()
    (tmp_path / "model.pt@4").touch()
    assert split("bot@2") == ("bot@2", 1)
    assert split("bot@2@3") == ("bot@2", 3)
    assert split("bot@3") == ("bot", 3)
    assert split("nexto:model.pt@4") == ("nexto:model.pt@4", 1)
    assert split("nexto:~/model.pt@4") == ("nexto:~/model.pt@4", 1)
    assert split("nexto:model.pt@5") == ("nexto:model.pt", 5)


def test_every_kind_of_player_may_have_one(tmp_path, monkeypatch):
    folder, _ = write_bot(tmp_path / "duel", 2, tick_skip=6, action_delay_ticks=3)
    bot = make_player(f"{folder}@4", 2, 8, 1, "numpy")
    assert (bot.name, bot.tick_skip, bot.action_delay_ticks) == ("duel@4", 24, 3)
    check_player(f"{folder}@4")
    assert is_saved(f"{folder}@4")
    assert pinned(f"{folder}@4") == f"{folder}@4"
    assert pinned(f"{tmp_path}@4") == f"{folder}@4"
    assert team_size_of(["idle@3", f"{folder}@4"]) == 2
    assert physics_of([f"{folder}@4"]) == "rocketsim2"
    assert saved_bot(f"{folder}@4", "numpy").tick_skip == 6, "scripted opponents decide as often as it was trained to"

    chaser = make_player("chaser@8", 2, 6, 1, "numpy")
    assert (chaser.name, chaser.tick_skip, chaser.action_delay_ticks) == ("chaser@8", 48, 1)
    assert make_player("chaser@1", 2, 6, 1, "numpy") == make_player("chaser", 2, 6, 1, "numpy")

    path = write_archive(tmp_path / "necto.pt", entries_of(random_tensors(necto_shapes())))
    necto = make_player(f"necto:{path}@4", 2, 6, 1, "numpy")
    assert (necto.name, necto.tick_skip, necto.action_delay_ticks) == ("necto@4", 32, 1)
    assert not is_saved(f"necto:{path}@4")
    assert pinned(f"necto:{path}@4") == f"necto:{path}@4"


def test_nectos_timers_run_on_while_it_holds(tmp_path):
    """Every fourth decision counts as four: a timer of 4 s is at 4 s - 3 * 32 ticks in its fourth."""
    path = write_archive(tmp_path / "necto.pt", entries_of(random_tensors(necto_shapes())))
    whole, held = (make_player(f"necto:{path}{suffix}", 1, 8, 1, "numpy") for suffix in ("", "@4"))
    states = write_bot(tmp_path / "bot", 1)[1].arrays["test_states"]
    memories = [player.start(len(states)) for player in (whole, held)]
    none, uniforms = np.zeros(len(states), bool), np.zeros((len(states), 2), np.float32)
    for t in range(12):
        memories[0], _ = whole.act(memories[0], states, none, uniforms)
        if t % 4 == 0:
            memories[1], _ = held.act(memories[1], states, none, uniforms)
    np.testing.assert_array_equal(memories[0], memories[1])
    assert memories[0].max() == 12


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("chaser@0", "chaser@0: @K is a whole number of decisions, at least 1"),
        ("chaser@46", "chaser@46: decides every 8 ticks: at most @45, 360 ticks"),
        ("chaser@2@2", "chaser@2: no such player"),
        ("chasser@2", "chasser: no such player; did you mean chaser?"),
        ("no_such_module:make@2", "no_such_module:make: cannot import"),
        ("nexto:absent.pt@2", "absent.pt: cannot be read"),
    ],
)
def test_what_cannot_play_is_one_line(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=f"^{re.escape(message)}"):
        make_player(name, 1, 8, 1, "numpy")


def test_what_is_compiled_is_the_same_for_every_handicap():
    handicaps = [make_player(f"chaser@{every}", 1, 8, 1, "jax") for every in (2, 3)]
    assert all(map(is_pytree, handicaps))
    assert jax.tree.structure(handicaps[0]) == jax.tree.structure(handicaps[1])
    assert not is_pytree(Handicapped(object(), 2)), "a user's own player is called with numpy"
