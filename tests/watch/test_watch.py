"""A match as a page: what is recorded, what is written, and what a browser makes of it."""

import base64
import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from support.policies import make_ppo, save, trained_state
from support.special_files import make_special

from benchmarks.tools.browser import chromium, has_chromium
from jaxrl.bots.players import make_player
from jaxrl.cli.main import run_command
from jaxrl.game.rewards.registry import TERMS
from jaxrl.game.state import unpack
from jaxrl.sim.engine import make_env
from jaxrl.sim.spec import kickoff_spec
from jaxrl.watch.page import POSITION_UNIT, encode, page
from jaxrl.watch.recording import Match, MatchRecorder, join, record

WEIGHTS = {"goal": 10.0, "concede": -7.0, "touch": 2.0, "face_ball": 0.0}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def recording():
    """The chaser against a car that stands still: goals fall, in either goal."""
    chaser, idle = (make_player(name, 1, 8, 1, "numpy") for name in ("chaser", "idle"))
    return record(Match((chaser, idle), 1, seed=3), WEIGHTS, seconds=90, title="chaser against idle")


def test_the_recording_is_the_match(recording):
    """Played again with the recorded actions: the same states, bit for bit, and a cut at every goal."""
    state, time = unpack(recording.rows), 0
    assert sum(recording.score) > 1
    spec = kickoff_spec(1, 1, 8, 1, seed=3)
    with make_env("auto", spec, num_workers=0) as env:
        np.testing.assert_array_equal(env.reset()[0], recording.rows[0])
        k = 1
        while k < len(recording.rows):
            step = env.step(state.previous_action[k][None].astype(np.int32))
            time += 8 / 120
            assert step.terminated[0] == recording.cuts[k]
            assert recording.seconds[k] == pytest.approx(time)
            if recording.cuts[k]:
                np.testing.assert_array_equal(step.final_state[0], recording.rows[k])
                k += 1
                assert recording.seconds[k] == recording.seconds[k - 1]
            np.testing.assert_array_equal(step.state[0], recording.rows[k])
            k += 1
    assert recording.seconds[-1] == pytest.approx(90)
    goals = np.diff(state.score.sum(-1)) > 0
    np.testing.assert_array_equal(1 + np.flatnonzero(goals), np.flatnonzero(recording.cuts))


def test_rewards_stand_where_they_were_earned(recording):
    """A goal's weight on the frame of the goal, nothing on the kickoff after it, terms of weight 0 left out."""
    assert recording.terms == ("goal", "concede", "touch")
    state, cuts = unpack(recording.rows), np.flatnonzero(recording.cuts)
    by_blue = np.diff(state.score[:, 0], prepend=state.score[0, 0])
    by_orange = np.diff(state.score[:, 1], prepend=state.score[0, 1])
    np.testing.assert_array_equal(recording.rewards[:, 0, 0], 10 * by_blue)
    np.testing.assert_array_equal(recording.rewards[:, 1, 0], 10 * by_orange)
    np.testing.assert_array_equal(recording.rewards[:, 1, 1], -7 * by_blue)
    assert (recording.rewards[cuts + 1] == 0).all()
    touched = recording.rewards[:, 0, 2] > 0
    assert touched.sum() > 5
    assert (state.ticks_since_contact[touched, 0] == 0).all()


COUNTING = """
from jaxrl.game.rewards.memory import with_memory

@with_memory(0.0)
def count(carry, state, next_state, actions):
    return carry + 1, carry + 1
"""


def test_terms_with_memory_are_recorded_across_calls_and_begin_anew_after_a_goal(tmp_path, monkeypatch):
    """The n-th decision after a kickoff gives n, also where a live match is recorded one moment after the other."""
    (tmp_path / "my_counting.py").write_text(COUNTING)
    monkeypatch.syspath_prepend(tmp_path)
    chaser, idle = (make_player(name, 1, 8, 1, "numpy") for name in ("chaser", "idle"))
    match, weights = Match((chaser, idle), 1, seed=3), {"my_counting:count": 0.5}
    moments, played = [], match.moments()
    while not moments or not moments[-1].ended[0]:
        moments.append(next(played))
    moments += islice(played, 20)
    whole = MatchRecorder(match, weights).record(moments, "")
    live = MatchRecorder(match, weights)
    parts = join([live.record([moment], "") for moment in moments])
    np.testing.assert_array_equal(parts.rewards, whole.rewards)
    cuts = np.flatnonzero(whole.cuts)
    assert len(cuts) > 0
    expected, n = [], 0
    for k in range(len(whole.rows)):
        n = 0 if k == 0 or whole.cuts[k - 1] else n + 1
        expected.append(0.5 * n)
    np.testing.assert_array_equal(whole.rewards[:, :, 0], np.stack([expected] * 2, axis=-1))


def decoded(recording, name, dtype):
    return np.frombuffer(base64.b64decode(encode(recording)[name]), dtype)


def test_the_page_holds_the_match_to_an_eighth_of_a_unit(recording):
    frames, state = len(recording.rows), unpack(recording.rows)
    poses = decoded(recording, "poses", "<i2").reshape(frames, 2, 9)
    assert np.abs(poses[..., :3] * POSITION_UNIT - state.position).max() <= POSITION_UNIT / 2 + 1e-3
    assert np.abs(poses[..., 3:6] / 32767 - state.forward).max() < 2e-5
    ball = decoded(recording, "ball", "<i2").reshape(frames, 6)
    assert np.abs(ball[:, :3] * POSITION_UNIT - state.ball_position).max() <= POSITION_UNIT / 2 + 1e-3
    np.testing.assert_array_equal(decoded(recording, "scores", "<u2").reshape(frames, 2)[-1], recording.score)
    np.testing.assert_array_equal(
        decoded(recording, "rewards", "<f4").reshape(recording.rewards.shape), recording.rewards
    )
    status = decoded(recording, "status", np.uint8).reshape(frames, 2, 4)
    np.testing.assert_array_equal(status[..., 0], state.boost.round())
    assert status[:, 0, 3].any(), "the chaser boosts"
    assert not status[:, 1, 3].any()


def test_the_page_needs_nothing_else_and_is_small(recording):
    text = page(replace(recording, title="a </script><script>alert(1)</script> <!--<script> {{viewer}} & b"))
    outside = text.replace((ROOT / "jaxrl/watch/viewer.js").read_text(encoding="utf-8"), "")
    assert not re.search(r"https?:|src=|<link|@import|url\(", outside)
    assert outside.count("</script>") == 2
    assert "alert(1)</script>" not in outside
    assert "<!--<script>" not in outside
    assert outside.count("{{viewer}}") == 2, "in the title and in the match, not filled in"
    # the match alone, for five minutes instead of one and a half
    assert len(text) - 600_000 < 5 * 2**20 * 90 / 300


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    ppo = make_ppo("relu", False, False, True, 1)
    return save(tmp_path_factory.mktemp("watch") / "my_bot", ppo, trained_state(ppo))


def watch(*arguments, cwd):
    command = [sys.executable, "-m", "jaxrl.watch", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: no such folder"),
        (["{bot}", "--opponent", "chasser"], "chasser: no such player; did you mean chaser?"),
        (["{bot}", "--minutes", "0"], "--minutes 0: must be above 0"),
        (
            ["{bot}", "--minutes", "0.02", "--out", "no/such/folder/match.html"],
            "--out no/such/folder/match.html: No such folder",
        ),
    ],
    ids=["no bot", "no opponent", "no time", "no folder"],
)
def test_bad_input_is_one_line(bot, tmp_path, arguments, message):
    done = watch(*(str(argument).format(bot=bot) for argument in arguments), cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_any_term_is_shown_whatever_the_bot_was_trained_with(bot, tmp_path, monkeypatch, capsys):
    """Built-in ones, one of the user's with memory, with weight 1; or all that are built in."""
    (tmp_path / "my_counting2.py").write_text(COUNTING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for named, terms in (
        (["face_ball", "my_counting2:count", "face_ball"], ["face_ball", "my_counting2:count"]),
        (["all"], [*TERMS]),
    ):
        assert run_command("watch", [str(bot), "--minutes", "0.05", "--rewards", *named]) == 0
        assert capsys.readouterr().err == ""
        text = Path("match.html").read_text(encoding="utf-8")
        match = json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.DOTALL)[1])
        assert match["terms"] == terms
        rewards = np.frombuffer(base64.b64decode(match["rewards"]), "<f4").reshape(-1, 2, len(terms))
        if len(terms) == 2:
            np.testing.assert_array_equal(rewards[:, 0, 1], np.arange(46))  # 3 s of 15 decisions, and the kickoff
        assert np.ptp(rewards[:, 0, terms.index("face_ball")]) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rewards", "face_bal"], "--rewards face_bal: no such reward term; did you mean face_ball?"),
        (["--rewards", "no_such_module:term"], "no_such_module:term: cannot import no_such_module"),
        (["--rewards", "goal", "--config", "final"], "--rewards: has weights of its own; leave out --config"),
    ],
)
def test_terms_that_cannot_be_shown_are_one_line(bot, arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command("watch", [str(bot), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("kind", ["link", "pipe", "device"])
def test_only_a_file_is_overwritten(bot, tmp_path, kind):
    """Told before the match is played, also at the place of match.html."""
    special = make_special(tmp_path, kind, "match.html")
    mode = special.lstat().st_mode
    for flags in (["--out", "match.html"], []):
        done = watch(bot, "--minutes", "60", *flags, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert done.stderr.startswith("--out match.html: is a "), done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert special.lstat().st_mode == mode


@pytest.mark.slow
@pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver")
def test_a_browser_shows_it(bot, tmp_path):
    """The real page in real Chromium: no error, something is drawn, and scrubbing puts the cars where they were."""
    done = watch(bot, "--opponent", "chaser", "--minutes", "0.5", "--out", "match.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "my_bot" in done.stdout
    text = (tmp_path / "match.html").read_text(encoding="utf-8")
    match = json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.DOTALL)[1])
    poses = np.frombuffer(base64.b64decode(match["poses"]), "<i2").reshape(-1, 2, 9) * POSITION_UNIT
    with chromium(1200, 700) as browser:
        browser.get((tmp_path / "match.html").as_uri())
        errors = [line for line in browser.get_log("browser") if line["level"] == "SEVERE"]
        assert errors == []
        for frame in (0, 40, 200):
            place = browser.execute_script(
                "viewer.playing = false; viewer.seek(viewer.match.times[arguments[0]]); viewer.draw();"
                "return viewer.cars.map((car) => car.body.position.toArray());",
                frame,
            )
            np.testing.assert_allclose(np.array(place)[:, [0, 2, 1]], poses[frame, :, :3], atol=0.01)
        shown = {}
        for camera in ("ball", "car", "free", "top"):
            pixels = browser.execute_script(
                "viewer.look(arguments[0]); viewer.draw();"
                "const gl = viewer.renderer.getContext(), data = new Uint8Array(4 * 100 * 100);"
                "gl.readPixels(gl.drawingBufferWidth / 2 - 50, gl.drawingBufferHeight / 2 - 50, 100, 100, gl.RGBA,"
                " gl.UNSIGNED_BYTE, data); return Array.from(data);",
                camera,
            )
            shown[camera] = np.array(pixels, np.uint8).reshape(-1, 4)
            assert len(np.unique(shown[camera], axis=0)) > 5, f"{camera}: blank"
        assert not np.array_equal(shown["ball"], shown["top"])
        seen, heading = browser.execute_script(
            "viewer.look('car'); viewer.seek(viewer.match.times[40]); viewer.draw();"
            "const at = viewer.cameras.camera.position, car = viewer.cars[0].body;"
            "const nose = car.localToWorld(at.clone().set(1, 0, 0)).sub(car.position);"
            "return [car.position.clone().sub(at).toArray(), nose.toArray()];"
        )
        flat = [np.array(vector)[[0, 2]] / np.hypot(vector[0], vector[2]) for vector in (seen, heading)]
        np.testing.assert_allclose(*flat, atol=1e-3, err_msg="the car camera looks where the car drives")
        before = browser.execute_script("return viewer.time")
        browser.execute_script("document.getElementById('play').click()")
        browser.implicitly_wait(1)
        moved = browser.execute_async_script("const done = arguments[0]; setTimeout(() => done(viewer.time), 1000)")
        assert moved > before, "play plays"
        charts = browser.execute_script(
            "const c = document.querySelector('.plot'); return new Set(c.getContext('2d').getImageData(0, 0, c.width,"
            " c.height).data).size"
        )
        assert charts > 10
