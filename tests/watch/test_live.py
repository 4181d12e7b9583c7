"""A live match: real processes, a real websocket, a real browser."""

import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest
from support.bot_files import describe
from support.live_process import PATIENCE, frames_of, live, numbers, receive
from support.policies import make_ppo, save, trained_state
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.tools.browser import chromium, has_chromium, wait_until
from jaxrl.checkpoints.files import checkpoint_info, write_info
from jaxrl.watch.listener import MAX_CONNECTIONS
from jaxrl.watch.live import NewestBot
from jaxrl.watch.page import POSITION_UNIT


@pytest.fixture(scope="module")
def bots(tmp_path_factory):
    """Two checkpoints of one run, outside of its folder, and one of another game."""
    folder = tmp_path_factory.mktemp("bots")
    for name, team_size in (("checkpoint_200", 1), ("of_2v2", 2)):
        ppo = make_ppo("relu", False, False, True, team_size)
        save(folder / name, ppo, trained_state(ppo))
    shutil.copytree(folder / "checkpoint_200", folder / "checkpoint_100")
    for name, steps in (("checkpoint_100", 100), ("checkpoint_200", 200), ("of_2v2", 300)):
        write_info(folder / name, replace(checkpoint_info(folder / name), env_steps=steps))
        describe(folder / name, env_steps=steps)
    return folder


@pytest.fixture
def run(bots, tmp_path):
    """A run's folder of checkpoints with the older one in it."""
    shutil.copytree(bots / "checkpoint_100", tmp_path / "checkpoints/checkpoint_100")
    return tmp_path / "checkpoints"


def end(process):
    """Ctrl-C; its exit code and what it printed on stderr."""
    process.send_signal(signal.SIGINT)
    return process.wait(PATIENCE), process.stderr.read()


def test_a_newer_checkpoint_takes_over_in_real_time(bots, run, tmp_path):
    with live(run, "--live", "--port", "0", "--opponent", "chaser", cwd=tmp_path) as (process, address):
        with frames_of(address) as page:
            first = receive(page)
            assert [car["name"] for car in first["cars"]] == ["bot", "chaser"]
            assert first["title"].startswith("checkpoint_100 ")
            assert numbers(first, "times", "<f8")[0] == 0
            start, before = time.monotonic(), numbers(first, "times", "<f8")[-1]
            received = [first]
            while time.monotonic() < start + 4:
                received.append(receive(page))
            passed = time.monotonic() - start
            times = np.concatenate([numbers(message, "times", "<f8") for message in received])
            assert times[-1] - before == pytest.approx(passed, abs=0.75)
            # nothing is missing: 8 ticks from one frame to the next, but a goal shares its time with the kickoff
            assert set(np.diff(times).round(4)) <= {0.0667, 0.0}
            orange = [numbers(message, "poses", "<i2").reshape(-1, 2, 9)[:, 1, :3] for message in received]
            way = np.concatenate(orange) * POSITION_UNIT
            assert np.linalg.norm(way[-1] - way[0]) > 500, "the chaser drives"

            (run / "checkpoint_200").mkdir()  # as a trainer that is being killed would leave it: passed over
            time.sleep(2.5)
            assert receive(page)["title"].startswith("checkpoint_100 ")
            (run / "checkpoint_200").rmdir()
            shutil.copytree(bots / "checkpoint_200", run / ".saving-checkpoint_200")
            (run / ".saving-checkpoint_200").rename(run / "checkpoint_200")
            deadline = time.monotonic() + 15
            while not (message := receive(page))["title"].startswith("checkpoint_200 "):
                assert time.monotonic() < deadline
            scores = numbers(message, "scores", "<u2").reshape(-1, 2)
            assert scores[-1].tolist() == [0, 0], "the score is that of the bot that plays"
        with frames_of(address) as late:
            history = numbers(receive(late), "times", "<f8")
            assert history[0] == 0, "who comes late can scrub back to the start"
            assert len(history) > 60
        with frames_of(address) as page:
            receive(page)
            code, output = end(process)
            assert (code, output) == (130, "")
            with pytest.raises(ConnectionClosed):
                deque(iter(partial(receive, page), None))


def test_only_this_machine_and_its_own_page_are_served(run, tmp_path):
    with live(run, "--live", "--port", "0", cwd=tmp_path) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        with urlopen(address, timeout=PATIENCE) as answer:
            text = answer.read().decode()
        assert '"live": true' in text
        assert "<canvas" in text
        with pytest.raises(HTTPError, match="404"):
            urlopen(address + "checkpoints/checkpoint_100/policy.json", timeout=PATIENCE)
        with pytest.raises(InvalidStatus, match="403"), frames_of(address, origin="http://example.org"):
            pass
        with frames_of(address, origin=address.rstrip("/")) as page:
            receive(page)
        port = address.rstrip("/").split(":")[-1]
        second = [sys.executable, "-m", "jaxrl.watch", str(run), "--live", "--port", port]
        done = subprocess.run(second, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 2
        assert done.stderr == f"--port {port}: cannot be used (Address already in use)\n"
        assert process.poll() is None


FILES_OF_A_CONNECTION = 4  # of the package websockets: a socket, a poller, two to wake it


@contextmanager
def connections(address, count):
    """Open, without a word."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
        yield


@pytest.mark.slow
@pytest.mark.parametrize("spare", [40, None], ids=["out of file descriptors", "too many connections"])
def test_a_flood_of_connections_passes(run, tmp_path, spare):
    """Who watches already goes on watching, and afterwards anybody can come again."""
    with live(run, "--live", "--port", "0", cwd=tmp_path) as (process, address), frames_of(address) as watching:
        receive(watching)
        files = Path(f"/proc/{process.pid}/fd")
        before = len(list(files.iterdir()))
        if spare is not None:
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (before + spare, before + spare))
        with connections(address, 120):
            time.sleep(1)
            assert len(list(files.iterdir())) - before < (spare or FILES_OF_A_CONNECTION * MAX_CONNECTIONS)
            start = time.monotonic()
            while time.monotonic() < start + 4:  # the folder is looked at every two seconds
                receive(watching)
        time.sleep(3)
        with urlopen(address, timeout=PATIENCE) as answer:
            assert "<canvas" in answer.read().decode()
        with frames_of(address) as late:
            receive(late)
        assert end(process) == (130, "")


def test_it_waits_for_the_first_checkpoint(bots, tmp_path):
    run = tmp_path / "checkpoints"
    run.mkdir()
    with live(run, "--live", "--port", "0", "--minutes", "0.02", cwd=tmp_path) as (process, address):
        assert "waiting for the first checkpoint" in process.stdout.readline()
        with frames_of(address) as page:
            with pytest.raises(TimeoutError):
                page.recv(timeout=2)
            shutil.copytree(bots / "checkpoint_100", run / "checkpoint_100")
            assert receive(page)["title"].startswith("checkpoint_100 ")
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == ""


@pytest.mark.slow
def test_another_game_ends_it_in_a_line(bots, run, tmp_path):
    with live(run, "--live", "--port", "0", cwd=tmp_path) as (process, address), frames_of(address) as page:
        receive(page)
        shutil.copytree(bots / "of_2v2", run / "final")
        assert process.wait(PATIENCE) == 2
        output = process.stderr.read()
        assert "was trained for another game" in output
        assert len(output.splitlines()) == 1


def test_only_a_newer_bot_takes_over(bots, run):
    """Neither the same under another name, nor an older one while the trainer replaces the newest."""
    shutil.copytree(bots / "checkpoint_200", run / "best")

    def update():
        bot._next_check = 0.0
        return bot.update()

    bot = NewestBot(run)
    assert bot.folder.name == "best"
    shutil.copytree(bots / "checkpoint_200", run / "checkpoint_200")
    assert not update()
    shutil.move(run / "checkpoint_200", run.parent / "aside")
    shutil.move(run / "best", run.parent / "replaced")
    assert not update()
    shutil.move(run.parent / "replaced", run / "best")
    assert not update()
    assert bot.folder.name == "best"
    shutil.rmtree(run / "best")  # as when another run begins
    assert not update()
    assert update()
    assert bot.folder.name == "checkpoint_100"


def test_it_says_why_it_waits(tmp_path):
    (tmp_path / "checkpoints/best").mkdir(parents=True)
    (tmp_path / "checkpoints/best/policy.json").write_text("{")
    (tmp_path / "checkpoints/best/checkpoint.json").write_text("{}")
    with live(tmp_path / "checkpoints", "--live", "--port", "0", cwd=tmp_path) as (process, _):
        output = process.stdout.readline()
        assert "waiting for the first checkpoint in" in output
        assert "best/policy.json: not a description of a policy" in output
        assert end(process) == (130, "")
    wrong = [sys.executable, "-m", "jaxrl.watch", str(tmp_path), "--live", "--opponent", "chasser"]
    done = subprocess.run(wrong, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2
    assert "chasser: no such player; did you mean chaser?" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver")
def test_a_browser_follows_it(run, tmp_path):
    """In real Chromium: it keeps up, one can go back and return, and it says when the match is over."""
    flags = ("--live", "--port", "0", "--opponent", "chaser")
    show = "return window.viewer && [viewer.time, viewer.match.end, viewer.match.length, viewer.following]"
    with live(run, *flags, cwd=tmp_path) as (process, address), chromium(1200, 700) as browser:
        browser.get(address)
        wait_until(lambda: browser.execute_script(show) is not None, PATIENCE)
        time.sleep(5)
        shown, newest, length, following = browser.execute_script(show)
        assert following
        assert 0 <= newest - shown < 1.5
        assert newest > 4
        browser.execute_script("viewer.seek(1)")
        time.sleep(1.5)
        shown, newest, later, following = browser.execute_script(show)
        assert not following
        assert 1 < shown < newest - 2, "it plays on from there"
        assert later > length, "and frames still come"
        places = browser.execute_script("viewer.draw(); return viewer.cars.map(c => c.body.position.toArray())")
        browser.execute_script("document.getElementById('now').click()")
        time.sleep(0.5)
        shown, newest, _, following = browser.execute_script(show)
        assert following
        assert newest - shown < 1.5
        moved = browser.execute_script("viewer.draw(); return viewer.cars.map(c => c.body.position.toArray())")
        assert np.abs(np.array(moved) - np.array(places)).max() > 100
        for tab in ("rewards", "figures", "boost & speed", "field", "thoughts"):
            browser.execute_script("viewer.tabs.open(arguments[0]); viewer.draw()", tab)
            time.sleep(0.5)  # frames arrive meanwhile
        seconds = browser.execute_script("return [viewer.match.figureTimes.length, viewer.match.end]")
        assert seconds[0] > seconds[1], "figures arrive with every frame"
        thoughts = browser.execute_script("return viewer.match.thoughts(viewer.match.length - 2, 0)")
        assert sum(each["chosen"] for each in thoughts) <= 1
        assert all(each["words"] for each in thoughts)
        assert len(thoughts) == 5
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
        assert end(process) == (130, "")
        state = "return document.getElementById('state').textContent"
        wait_until(lambda: "not connected" in browser.execute_script(state), 10)
