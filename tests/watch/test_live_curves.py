"""The curves of a bot's run beside its live match: found by what its checkpoint says, served by the same command."""

import http.client
import json
import time
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from support.event_files import config_of, log_updates, logging, write_run
from support.live_process import PATIENCE, frames_of, live, receive
from support.policies import make_ppo, save, trained_state

from benchmarks.tools.browser import chromium, has_chromium, wait_until
from jaxrl.checkpoints.files import checkpoint_info, write_info
from jaxrl.dashboard.runs import logs_of

FLAGS = ("--live", "--port", "0", "--opponent", "chaser")
PLAYS = "return Boolean(window.viewer) && viewer.match.end > 1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a run was started: its checkpoint, which names the logs as the run did, and these."""
    tmp = tmp_path_factory.mktemp("run")
    ppo = make_ppo("relu", False, False, True, 1)
    save(tmp / "checkpoints/checkpoint_100", ppo, trained_state(ppo))
    name_logs(tmp / "checkpoints/checkpoint_100", "logs/first")
    write_run(tmp / "logs/first", config_of(tmp), updates=20)
    return tmp


def name_logs(checkpoint, name):
    write_info(checkpoint, replace(checkpoint_info(checkpoint), log_folder=str(name)))


def test_logs_are_found_where_the_run_was_started(folder, tmp_path, monkeypatch):
    """From anywhere above its checkpoints, and from the folder we are in, where only the logs were copied to."""
    checkpoint = folder / "checkpoints/checkpoint_100"
    monkeypatch.chdir(tmp_path)
    assert logs_of(checkpoint) == folder / "logs/first"
    monkeypatch.chdir(folder)
    assert logs_of(checkpoint) == Path("logs/first")


@pytest.mark.parametrize("name", ["", "logs/other", "logs", "/", "a\0b", "x" * 5000])
def test_names_that_lead_nowhere(folder, tmp_path, name):
    checkpoint = tmp_path / "checkpoint_100"
    checkpoint.mkdir()
    write_info(checkpoint, replace(checkpoint_info(folder / "checkpoints/checkpoint_100"), log_folder=name))
    assert logs_of(checkpoint) is None
    assert logs_of(tmp_path) is None, "no checkpoint, as an exported bot is none"


def test_they_are_served_to_this_machine_alone(folder):
    with live(folder / "checkpoints", *FLAGS, cwd=folder) as (process, address):
        assert process.stdout.readline() == f"{address}curves/: the match beside the curves of logs/first\n"
        with urlopen(f"{address}curves/", timeout=PATIENCE) as answer:
            assert 'data-match="../"' in answer.read().decode()
        with urlopen(f"{address}curves/status", timeout=PATIENCE) as answer:
            assert json.load(answer)["runs"][0]["name"] == "first"
        with urlopen(f"{address}curves/curves?panel=Strength:%20rating", timeout=PATIENCE) as answer:
            assert len(json.load(answer)["runs"][0]["rating/elo"]["values"]) == 2
        with frames_of(address) as page:
            assert receive(page)["curves"] is True
        for headers in ({"Host": "example.org"}, {"Origin": "http://example.org"}):
            connection = http.client.HTTPConnection("127.0.0.1", int(address.rstrip("/").rpartition(":")[2]))
            connection.request("GET", "/curves/status", headers=headers)
            assert connection.getresponse().status == 403
            connection.close()
        for path in ("curves/logs", "curves/../checkpoints", "curves"):
            with pytest.raises(HTTPError, match="404"):
                urlopen(address + path, timeout=PATIENCE)


def test_without_logs_the_match_is_alone_and_a_line_says_so(folder, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/checkpoint_100").symlink_to(folder / "checkpoints/checkpoint_100")
    (folder / "logs").rename(folder / "elsewhere")
    try:
        with live(tmp_path / "checkpoints", *FLAGS, cwd=tmp_path) as (process, address):
            line = process.stdout.readline()
            assert "checkpoint_100: no logs of its run are here" in line
            with frames_of(address) as page:
                assert receive(page)["curves"] is False
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"{address}curves/", timeout=PATIENCE)
    finally:
        (folder / "elsewhere").rename(folder / "logs")


@pytest.mark.slow
@pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver")
def test_one_page_has_both(folder):
    """In real Chromium: from the match to the curves, where the match plays on beside them and both grow."""
    with live(folder / "checkpoints", *FLAGS, cwd=folder) as (_, address), chromium(1280, 900) as browser:
        browser.get(address)
        seen = "const link = document.getElementById('curves'); return !link.hidden && link.offsetWidth > 0"
        wait_until(lambda: browser.execute_script(PLAYS) and browser.execute_script(seen), PATIENCE)
        browser.execute_script("document.getElementById('curves').click()")
        rated = "const c = window.dashboard?.charts.get('Strength: rating'); return c?.found[0]?.y.length ?? 0"
        wait_until(lambda: browser.execute_script(rated) == 2, PATIENCE)
        time.sleep(1.1)  # another file of events has another name a second later
        with logging(folder / "logs/first", config_of(folder)) as log:
            log_updates(log, range(21, 31))
        wait_until(lambda: browser.execute_script(rated) == 3, PATIENCE)
        boxes = "return ['iframe', 'figure'].map((one) => document.querySelector(one).getBoundingClientRect().toJSON())"
        match, chart = browser.execute_script(boxes)
        assert chart["right"] <= match["left"], "side by side"
        assert match["right"] <= 1280
        browser.switch_to.frame(browser.find_element("tag name", "iframe"))
        wait_until(lambda: browser.execute_script(PLAYS), PATIENCE)
        assert not browser.execute_script(seen), "no way from there to itself"
        browser.switch_to.default_content()
        browser.execute_script("document.getElementById('show').click()")
        assert not browser.find_element("id", "live").is_displayed()
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
