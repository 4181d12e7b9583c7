"""A match of a bot that thinks, and its page in real Chromium, for the tests of what is on it."""

import pytest
from support.policies import make_ppo, save, trained_state

from benchmarks.tools.browser import chromium
from jaxrl.bots.players import make_player
from jaxrl.watch.page import page
from jaxrl.watch.recording import Match, record

WEIGHTS = {"goal": 10.0, "concede": -7.0, "face_ball": 0.1, "speed_to_ball": 0.2}


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A checkpoint with a critic, which plays badly, against a car that scores."""
    ppo = make_ppo("relu", False, False, True, 1)
    folder = save(tmp_path_factory.mktemp("tabs") / "bot", ppo, trained_state(ppo))
    bot = make_player(str(folder), 1, 8, 1, "numpy")
    chaser = make_player("chaser", 1, bot.tick_skip, bot.action_delay_ticks, "numpy")
    return record(Match((bot, chaser), 1, seed=5), WEIGHTS, seconds=90, title="a bot against the chaser")


@pytest.fixture(scope="module")
def path(recording, tmp_path_factory):
    path = tmp_path_factory.mktemp("tabs") / "match.html"
    path.write_text(page(recording), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(path):
    with chromium(1280, 860) as browser:
        browser.get(path.as_uri())
        yield browser
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
