"""The tool that counts the frames of the match page, in real Chromium."""

import re
import sys

import pytest

from benchmarks.tools import frame_rate
from benchmarks.tools.browser import has_chromium
from jaxrl.bots.players import make_player
from jaxrl.watch.page import page
from jaxrl.watch.pictures import CAMERAS
from jaxrl.watch.recording import Match, record


@pytest.mark.slow
@pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver")
def test_it_counts_what_every_camera_draws_and_says_what_draws(tmp_path, monkeypatch, capsys):
    chaser, idle = (make_player(name, 1, 8, 1, "numpy") for name in ("chaser", "idle"))
    match = tmp_path / "match.html"
    match.write_text(page(record(Match((chaser, idle), 1, seed=2), {}, seconds=20, title="")), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["frame_rate", str(match), "--size", "320", "180", "--seconds", "2"])
    frame_rate.main()
    head, *lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch("320 x 180, drawn by .+", head)
    found = [re.fullmatch(r"(\w+) +(\d+) frames a second, 95% of them within (\d+) ms", line) for line in lines]
    assert [each[1] for each in found] == list(CAMERAS)
    assert all(1 <= int(each[2]) <= 240 for each in found)
