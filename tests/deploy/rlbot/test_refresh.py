"""Exports into folders that hold something: refreshed where it is an export, refused where it is anything else."""

import json
import os
import subprocess
import sys

import pytest
from support.bots import write_bot
from support.special_files import make_special

from jaxrl.bots.policy_files import load_policy
from jaxrl.deploy.rlbot.folder import export_folder
from jaxrl.errors import UserError


@pytest.fixture(scope="module")
def bots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bots")
    return [write_bot(folder / f"bot_{seed}", 1, seed=seed)[0] for seed in (0, 1)]


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def weights(folder):
    return (folder / "policy.npz").read_bytes()


def refused(bot, out, part):
    """The export is refused in a line that names `part`, and nothing is written."""
    before = content(out)
    with pytest.raises(UserError) as caught:
        export_folder(bot, out, "name")
    assert part in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert content(out) == before


@pytest.mark.parametrize(
    "name", ["requirements.txt", "bot.py", "bot.toml", "README.md", "jaxrl/errors.py", "export.json"]
)
def test_a_project_of_somebody_is_not_overwritten(bots, tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"files": {}}')
    refused(bots[0], tmp_path, name)
    assert [path for path in content(tmp_path)] == [name]


def test_an_export_is_refreshed_beside_what_else_is_there(bots, tmp_path):
    export_folder(bots[0], tmp_path, "name")
    (tmp_path / "notes.txt").write_text("mine")
    export_folder(bots[1], tmp_path, "other name", sampled=True)
    assert weights(tmp_path) == weights(bots[1])
    assert "other name" in (tmp_path / "bot.toml").read_text()
    assert "SAMPLED = True" in (tmp_path / "bot.py").read_text()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    listed = json.loads((tmp_path / "export.json").read_text())["files"]
    assert set(listed) == set(content(tmp_path)) - {"notes.txt", "export.json"}


@pytest.mark.parametrize("name", ["loadout.toml", "requirements.txt", "bot.py", "jaxrl/files.py"])
def test_what_was_changed_in_an_export_stays(bots, tmp_path, name):
    """Until it is moved away; a file that is gone is written again."""
    export_folder(bots[0], tmp_path, "name")
    (tmp_path / name).write_text("mine")
    refused(bots[1], tmp_path, f"{tmp_path / name} is not as an export wrote it")
    (tmp_path / name).unlink()
    export_folder(bots[1], tmp_path, "name")
    assert weights(tmp_path) == weights(bots[1])


def test_an_export_of_before_there_were_lists_is_refreshed(bots, tmp_path):
    """Its code is of another version, its policy.json without a digest; a changed requirements.txt stays."""
    export_folder(bots[0], tmp_path, "name")
    for name in ("export.json", "README.md"):
        (tmp_path / name).unlink()
    (tmp_path / "jaxrl/errors.py").write_text("# of another version\n")
    bot = (tmp_path / "bot.py").read_text()
    (tmp_path / "bot.py").write_text(bot.replace("SAMPLED = False", ""))
    (tmp_path / "requirements.txt").write_text("rlbot\nmine\n")
    refused(bots[1], tmp_path, "requirements.txt is not as an export wrote it")
    (tmp_path / "requirements.txt").unlink()
    export_folder(bots[1], tmp_path, "name")
    assert weights(tmp_path) == weights(bots[1])


@pytest.mark.parametrize("kind", ["link", "link to nowhere", "pipe", "device", "folder"])
@pytest.mark.parametrize("name", ["policy.npz", "requirements.txt", "export.json"])
def test_nothing_is_written_through_a_link_or_into_a_pipe(bots, tmp_path, name, kind):
    out = tmp_path / "out"
    for earlier in (False, True):
        if earlier:
            export_folder(bots[0], out, "name")
            (out / name).unlink()
        out.mkdir(exist_ok=True)
        special = make_special(out, kind, name)
        refused(bots[1], out, name)
        special.rmdir() if kind == "folder" else special.unlink()


def test_no_folder_is_a_link(bots, tmp_path):
    (tmp_path / "checkout").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "checkout")
    refused(bots[0], tmp_path / "out", "out is a link")
    (tmp_path / "out").unlink()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/jaxrl").symlink_to(tmp_path / "checkout")
    refused(bots[0], tmp_path / "out", "jaxrl is a link")
    (tmp_path / "file").write_text("mine")
    refused(bots[0], tmp_path / "file", "file is not a folder")
    assert list((tmp_path / "checkout").iterdir()) == []


def export(*arguments, cwd):
    command = [sys.executable, "-m", "jaxrl", "export", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, env=os.environ)


def test_it_says_how_it_plays_and_how_to_add_it(bots, tmp_path):
    for flags, said, written in (
        ([], "always takes the most likely action; figures", "always takes the action that it thinks best"),
        (["--greedy"], "always takes the most likely action; figures", "always takes the action that it thinks best"),
        (["--sampled"], "it draws its actions, as in training", "It draws its actions, as in training"),
    ):
        done = export(bots[0], "--out", "my bot", *flags, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
        assert "pip install -r 'my bot/requirements.txt'" in done.stdout
        readme = (tmp_path / "my bot/README.md").read_text()
        for part in ("# my bot\n", "1v1", "Python 3.11", "on Windows", "bot.toml", written):
            assert part in readme
        assert "{{" not in readme
    assert load_policy(tmp_path / "my bot").description.team_size == 1
    done = export(bots[0], "--out", "bot.onnx", "--onnx", "--sampled", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--sampled: an ONNX model has no dice")
    assert "not allowed with" in export(bots[0], "--out", "x", "--greedy", "--sampled", cwd=tmp_path).stderr
