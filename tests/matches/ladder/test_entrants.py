"""Who is who: a bot is its content, whatever its folder is called."""

import shutil
from pathlib import Path

import pytest
from support.archives import entries_of, random_tensors, write_archive
from support.bot_files import describe
from support.bots import write_bot

from jaxrl.bots.necto.network import necto_shapes
from jaxrl.bots.policy_files import identity, load_policy
from jaxrl.errors import UserError
from jaxrl.matches.ladder.entrants import Entrant, entrant, entrants, shown


@pytest.fixture
def bot(tmp_path):
    return write_bot(tmp_path / "run" / "best", 1)[0]


def test_scripted_players_are_their_names():
    one = entrant("chaser")
    assert (one.identity, one.label, one.name) == ("chaser", "chaser", "chaser")


def test_a_copy_is_the_same_player(bot, tmp_path):
    """And is shown by the folder's name; what a run calls it, with the run's folder."""
    copy = shutil.copytree(bot, tmp_path / "strong")
    assert entrant(str(copy)).identity == entrant(str(bot)).identity
    assert (entrant(str(bot)).label, entrant(str(copy)).label) == ("run/best", "strong")
    describe(copy, jaxrl="0.0.1")  # the version that wrote it
    assert entrant(str(copy)).identity == entrant(str(bot)).identity


def test_a_path_with_another_bot_is_another_player(bot):
    """Other weights under the same description, and the same weights that decide less often."""
    first = entrant(str(bot)).identity
    shutil.rmtree(bot)
    write_bot(bot, 1, seed=1)
    second = entrant(str(bot)).identity
    describe(bot, tick_skip=9)
    assert len({first, second, entrant(str(bot)).identity}) == 3


def test_every_number_counts(bot):
    policy = load_policy(bot)
    before = identity(policy)
    policy.arrays["obs_mean"][-1] += 1e-6
    assert identity(policy) != before


def test_greedy_is_another_player(bot):
    plain, greedy = entrant(str(bot)), entrant(f"{bot}:greedy")
    assert greedy.identity == f"{plain.identity}:greedy"
    assert (greedy.label, greedy.name) == ("run/best:greedy", f"{bot}:greedy")
    newest = entrant(f"{bot.parent}:greedy")  # of a folder of checkpoints
    assert newest == greedy


def test_every_handicap_is_another_player(bot):
    plain, held = entrant(str(bot)), entrant(f"{bot.parent}:greedy@4")
    assert (held.identity, held.label) == (f"{plain.identity}:greedy@4", "run/best:greedy@4")
    assert held.name == f"{bot}:greedy@4"
    assert entrant("chaser@2") == Entrant("chaser@2", "chaser@2", "chaser@2")
    assert entrant("chaser@1").identity == "chaser"


def test_weights_of_necto_are_their_content(tmp_path):
    first = write_archive(tmp_path / "necto.pt", entries_of(random_tensors(necto_shapes())))
    copy = Path(shutil.copy(first, tmp_path / "copy.pt"))
    other = write_archive(tmp_path / "other.pt", entries_of(random_tensors(necto_shapes(), seed=1)))
    plain, same, held, another = map(entrant, (f"necto:{first}", f"necto:{copy}", f"necto:{copy}@4", f"necto:{other}"))
    assert plain.identity == same.identity
    assert held.identity == f"{plain.identity}@4"
    assert another.identity != plain.identity
    assert (plain.label, held.label, held.name) == ("necto", "necto@4", f"necto:{copy}@4")


def test_fewer_than_two_players(bot):
    with pytest.raises(UserError, match=r"a ladder needs two players or more, not 0$"):
        entrants([])
    with pytest.raises(UserError, match="not 1; several names are of the same"):
        entrants([str(bot), str(bot.parent)])
    assert len(entrants([str(bot), f"{bot}:greedy", "idle", "idle"])) == 3


def test_names_that_several_have_get_digits():
    names = shown([("aa", "best"), ("bb", "best"), ("cc", "old"), ("cc", "new")])
    assert names["cc"] == "new"
    assert names["aa"].startswith("best#")
    assert len({*names.values()}) == 3
