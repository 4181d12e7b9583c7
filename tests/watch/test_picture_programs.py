"""Pictures of a match by `jaxrl watch`: programs that are missing or fail, and options that make no sense."""

import os
import shutil
import time
from pathlib import Path

import pytest
from support.special_files import make_special

from jaxrl.cli.main import run_command
from jaxrl.errors import UserError
from jaxrl.watch.chromium import open_tab
from jaxrl.watch.ffmpeg import mp4

DUEL = str(Path(__file__).parents[2] / "pretrained" / "duel")
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffmpeg")


@pytest.mark.parametrize("missing", ["chromium", "ffmpeg"])
def test_a_missing_program_is_one_line_before_the_match_is_played(tmp_path, monkeypatch, capsys, missing):
    programs = tmp_path / "bin"
    programs.mkdir()
    if missing == "ffmpeg":
        make_program(programs, "chromium", "exit 1")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.chdir(tmp_path)
    assert run_command("watch", [DUEL, "--minutes", "60", "--mp4", "a.mp4"]) == 2
    assert capsys.readouterr() == (
        "",
        {
            "chromium": "--mp4: needs Chromium or Chrome: apt-get install chromium, or https://www.google.com/chrome\n",
            "ffmpeg": "--mp4: needs ffmpeg: apt-get install ffmpeg\n",
        }[missing],
    )
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize("script", ["exit 1", "echo no; exit 0", "exec sleep 100"])
def test_a_browser_that_is_none(tmp_path, monkeypatch, script):
    make_program(tmp_path, "chromium", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("jaxrl.watch.chromium.ANSWER_SECONDS", 1.0)
    with pytest.raises(UserError, match=r"ended before the picture|not answered for 1 s"), open_tab(320, 180):
        pass


@needs_ffmpeg
def test_what_ffmpeg_refuses_is_one_line():
    with pytest.raises(UserError, match="ffmpeg cannot make the film: ") as error:
        mp4([b"no picture"] * 1000, 30)
    assert "\n" not in str(error.value)


def make_program(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_an_ffmpeg_that_fails_is_one_line_and_ctrl_c_ends_one_that_hangs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    make_program(tmp_path, "ffmpeg", "echo first >&2; echo 'no encoder' >&2; exit 1")
    with pytest.raises(UserError, match=r"^ffmpeg cannot make the film: no encoder$"):
        mp4([bytes(10**6)] * 9, 30)
    make_program(tmp_path, "ffmpeg", "exec sleep 100")

    def pictures():
        yield b"half a picture"
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        mp4(pictures(), 30)
    assert time.monotonic() - begun < 20
    assert [path.name for path in tmp_path.iterdir()] == ["ffmpeg"]


def test_without_a_folder_for_temporary_files(tmp_path, monkeypatch):
    make_program(tmp_path, "chromium", "exit 1")
    make_program(tmp_path, "ffmpeg", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(UserError, match=r"temporary files \(No such file or directory\)"), open_tab(320, 180):
        pass
    with pytest.raises(UserError, match=r"the film \(No such file or directory\)"):
        mp4([], 30)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gif", "a.png"], "--gif a.png: must end in .gif or .webp"),
        (["--mp4", "a"], "--mp4 a: must end in .mp4"),
        (["--png", "no/a.png"], "--png no/a.png: No such folder"),
        (["--png", "taken.png"], "--png taken.png: is a link, not a file"),
        (["--png", "a.png", "--at", "-1"], "--at -1: must be 0 or above"),
        (["--png", "a.png", "--at", "nan"], "--at nan: must be 0 or above"),
        (["--png", "a.png", "--length", "3"], "--length: is of --gif and --mp4"),
        (["--gif", "a.gif", "--length", "0"], "--length 0: must be above 0 and at most 60"),
        (["--gif", "a.gif", "--length", "61"], "--length 61: must be above 0 and at most 60"),
        (["--gif", "a.gif", "--width", "721"], "--width 721: must be an even number from 160 to 3840"),
        (["--at", "3"], "--at: is of a picture: --gif, --mp4 or --png"),
    ],
)
def test_what_makes_no_sense_is_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    make_special(tmp_path, "link", "taken.png")
    assert run_command("watch", [DUEL, *arguments]) == 2
    assert capsys.readouterr() == ("", f"{message}\n")
