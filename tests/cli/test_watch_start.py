"""`jaxrl watch --start`: a page with twenty starts of a start state."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from jaxrl.bots.players import make_player
from jaxrl.cli.main import run_command
from jaxrl.game.state import unpack
from jaxrl.watch.recording import Match, Starts, record_starts

DUEL = Path(__file__).parents[2] / "pretrained" / "duel"


def recorded(start, team_size=1):
    idle = make_player("idle", team_size, 8, 1, "numpy")
    return record_starts(Match((idle, idle), team_size, 0, "rocketsim2", Starts(start)), {"goal": 1.0})


def test_twenty_starts_of_two_and_a_half_seconds_one_after_the_other():
    """37 or 38 decisions of 8 ticks in 300 ticks, and the frame in which each begins."""
    recording = recorded("recovery", team_size=2)
    assert recording.cuts.sum() == 20
    assert recording.cuts[-1]
    lengths = np.diff(np.flatnonzero(recording.cuts), prepend=-1)
    assert set(lengths) == {39}
    firsts = unpack(recording.rows[np.flatnonzero(recording.cuts)[:-1] + 1])
    assert (firsts.position[..., 2] > 190).all()
    assert firsts.up[..., 2].max() < 0.6


def test_a_goal_ends_one_and_the_first_blue_car_is_in_the_middle_of_it():
    recording = recorded("shot")
    assert recording.cuts.sum() == 20
    assert recording.score[0] > 10
    assert recording.score[1] == 0, "nothing is turned"


def page_of(path):
    match = json.loads(re.search(r"<script[^>]*>(\{.*?\})</script>", path.read_text(), re.DOTALL)[1])
    return match, np.frombuffer(base64.b64decode(match["cuts"]), np.uint8)


@pytest.mark.parametrize("bot", [[], [str(DUEL)]])
def test_the_page(tmp_path, capsys, bot):
    out = tmp_path / "starts.html"
    assert run_command("watch", [*bot, "--start", "half_flip", "--out", str(out), "--physics", "rocketsim2"]) == 0
    assert "20 starts of half_flip in 1v1, 2.5 s each" in capsys.readouterr().out
    match, cuts = page_of(out)
    assert cuts.sum() == 20
    assert match["title"] == "half_flip: 20 starts"
    assert [car["name"] for car in match["cars"]] == (["duel", "idle"] if bot else ["idle", "idle"])


def test_a_users_own(tmp_path, capsys):
    out = tmp_path / "starts.html"
    assert run_command("watch", ["--start", "support.hand_made_starts:in_the_air", "--out", str(out)]) == 0
    assert page_of(out)[1].sum() == 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--start", "recovry"], "unknown start state 'recovry'; did you mean recovery?; known: kickoff, random, "),
        (["--start", "no_such_module_here:start"], "cannot import no_such_module_here"),
        (["--start", "support.hand_made_starts:not_a_number"], "a number in it is NaN or infinite: ball_position"),
        (["--start", "recovery", "--live"], "--start: a page of twenty starts; leave out --live"),
        (["--start", "recovery", "--minutes", "3"], "--start: a page of twenty starts; leave out --live"),
        ([str(DUEL), "--start", "recovery", "--team-size", "2"], "--team-size: a bot has its own"),
        ([str(DUEL), "--team-size", "2"], "--team-size: is for --start without a bot"),
        ([], "bot: the folder of a checkpoint, or of many; --start alone does without"),
    ],
)
def test_what_does_not_go_together_is_one_line(capsys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert run_command("watch", arguments) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())
