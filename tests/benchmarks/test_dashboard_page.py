"""The tool that makes the docs' picture of the dashboard, in real Chromium."""

import sys

import pytest
from PIL import Image
from support.event_files import config_of, write_run

from benchmarks.tools import dashboard_page
from benchmarks.tools.browser import has_chromium

needs_chromium = pytest.mark.skipif(not has_chromium(), reason="needs chromium and chromedriver")


@pytest.mark.slow
@needs_chromium
def test_the_pointer_is_on_the_rewards(tmp_path, monkeypatch):
    """It waits for the words beside the pointer, and fails without."""
    write_run(tmp_path / "logs/first", config_of(tmp_path), updates=60)
    png = tmp_path / "page.png"
    monkeypatch.setattr(sys, "argv", ["dashboard_page", str(tmp_path / "logs"), "--png", str(png)])
    dashboard_page.main()
    with Image.open(png) as picture:
        assert picture.size == (1280, 1010)


@needs_chromium
def test_a_folder_without_a_run_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["dashboard_page", str(tmp_path), "--png", str(tmp_path / "page.png")])
    with pytest.raises(SystemExit, match="2"):
        dashboard_page.main()
    assert "no run" in capsys.readouterr().err.splitlines()[-1]
