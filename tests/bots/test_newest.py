"""A folder of checkpoints stands for its newest bot, wherever the folder of a bot is asked for."""

import shutil
import subprocess
import sys

import pytest
from support.bot_files import describe
from support.bots import write_bot

from jaxrl.bots.newest import bots_in, newest_bot
from jaxrl.bots.players import check_player, make_player, pinned, team_size_of
from jaxrl.bots.policy_files import load_policy
from jaxrl.errors import UserError
from jaxrl.watch.live import NewestBot


@pytest.fixture(scope="module")
def bots(tmp_path_factory):
    """Five bots in a folder, beside what is none; only the newest plays 2v2."""
    folder = tmp_path_factory.mktemp("run") / "checkpoints"
    for name, steps in (
        ("checkpoint_9", 9),
        ("best", 20),
        ("checkpoint_100", 100),
        (".saving-final", 200),
        ("copy", 300),
    ):
        write_bot(folder / name, 2 if steps == 100 else 1)
        describe(folder / name, env_steps=steps)
    (folder / "notes").mkdir()
    (folder / "text").write_text("")
    return folder


def test_the_newest_is_taken_everywhere(bots):
    newest = bots / "checkpoint_100"
    assert [bot.name for bot in bots_in(bots)] == ["checkpoint_100", "best", "checkpoint_9", "copy"]
    assert bots_in(newest) == [newest]
    assert newest_bot(bots)[0] == newest
    assert NewestBot(bots).folder == newest
    assert make_player(str(bots), 2, 8, 1, "numpy").name == "checkpoint_100"
    assert team_size_of(["idle", str(bots)]) == 2
    check_player(str(bots))
    assert pinned(str(bots)) == str(newest)
    assert pinned("chaser") == "chaser"
    with pytest.raises(UserError, match="plays 2 cars a side, not 1"):
        make_player(str(bots), 1, 8, 1, "numpy")


def test_a_damaged_one_is_passed_over(bots, tmp_path):
    folder = shutil.copytree(bots, tmp_path / "checkpoints")
    (folder / "checkpoint_100/policy.npz").write_bytes(b"")
    (folder / "best/policy.json").write_text("{")
    assert newest_bot(folder)[0].name == NewestBot(folder).folder.name == "checkpoint_9"
    (folder / "checkpoint_9/policy.npz").unlink()
    (folder / "copy/policy.npz").unlink()
    with pytest.raises(UserError, match=r"not a bot that can play \(.*checkpoint_100/policy.npz: cannot be read"):
        make_player(str(folder), 1, 8, 1, "numpy")
    with pytest.raises(UserError, match="no such player"):
        make_player(str(tmp_path / "nowhere"), 1, 8, 1, "numpy")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("evaluate", "BOTS", "--opponent", "BOTS", "--matches", "2", "--minutes", "0.1"),
            "NEWEST against NEWEST, 2 matches",
        ),
        (("strength", "idle", "--against", "BOTS", "--matches", "2", "--minutes", "0.1"), "| NEWEST |"),
        (("watch", "NEWEST", "--opponent", "BOTS", "--minutes", "0.1"), "checkpoint_100, 0.1 minutes of 2v2"),
        (("export", "BOTS", "--out", "exported"), "of NEWEST"),
    ],
)
def test_commands_say_which_one_they_took(bots, tmp_path, arguments, expected):
    def named(text):
        return text.replace("BOTS", str(bots)).replace("NEWEST", str(bots / "checkpoint_100"))

    command = [sys.executable, "-m", "jaxrl", *map(named, arguments)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert named(expected) in done.stdout


def test_the_export_of_a_folder_is_its_newest_bot(bots, tmp_path):
    command = [sys.executable, "-m", "jaxrl", "export", str(bots), "--out", "exported"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert load_policy(tmp_path / "exported").description == load_policy(bots / "checkpoint_100").description
