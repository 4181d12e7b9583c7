"""TensorBoard as a user sees it: a real server, a real browser."""

import json
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import numpy as np
import pytest

from jaxrl.config_loading import load_config
from jaxrl.evaluate import Evaluation
from jaxrl.metrics import RunDisplay, Timing, evaluation_scalars, update_scalars
from jaxrl.ppo.loss import LossMetrics
from jaxrl.ppo.update import Metrics

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--window-size=1600,1400"]
STEPS = (4096, 8192, 12288)


@pytest.fixture
def logs(tmp_path, request):
    """The events of three updates and an evaluation, written as the trainer writes them."""
    config = load_config(request.config.rootpath / "configs/final.yaml")
    with RunDisplay(tmp_path / "run", config) as display:
        for step in STEPS:
            values = {name: np.float32(step / 1e4) for name in Metrics._fields}
            values |= {
                "loss": LossMetrics(*(np.float32(step / 1e4) for _ in LossMetrics._fields)),
                "reward_terms": {name: np.float32(step / 1e5) for name in config.rewards},
                "statistics": {name: np.float32(1) for name in ("touches_per_minute", "goals_per_minute")},
            }
            display.log(update_scalars(Metrics(**values), Timing(1, 1), config), step)
        display.log(evaluation_scalars(Evaluation(*range(9))), STEPS[-1])
    return tmp_path


@pytest.fixture
def server(logs):
    """The address of a TensorBoard on these logs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "tensorboard.main",
        "--logdir",
        str(logs),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                urlopen(f"{address}/data/logdir", timeout=1).read()
                break
            except OSError:
                time.sleep(0.5)
        yield address
        process.kill()


def test_tensorboard_reads_every_kind_of_data(server):
    """Scalars, custom charts, hyper-parameters and the config as text, as the server itself sees them."""
    plugins = json.loads(urlopen(f"{server}/data/plugins_listing", timeout=30).read())
    for name in ("scalars", "custom_scalars", "hparams", "text"):
        assert plugins[name]["enabled"], name
    text = urlopen(f"{server}/data/plugin/text/text?run=run&tag=config/text_summary", timeout=30).read().decode()
    assert "total_timesteps: 10000000" in text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium and chromium-driver")
def test_the_page_opens_on_charts_with_curves(server):
    """The custom scalars hold a card for every chart of the layout, and its lines are drawn."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.ui import WebDriverWait

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in FLAGS:
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        browser.get(f"{server}/#custom_scalars")
        # the charts live in shadow roots: walk through all of them
        script = """
            const texts = [], paths = [];
            const walk = (node) => {
                if (node.shadowRoot) walk(node.shadowRoot);
                for (const child of node.children || []) walk(child);
                if (node.tagName === 'path' && (node.getAttribute('d') || '').length > 20) paths.push(1);
                if (node.children && !node.children.length && node.textContent) texts.push(node.textContent.trim());
            };
            walk(document.body);
            return [texts, paths.length];
        """

        def drawn(driver):
            texts, paths = driver.execute_script(script)
            return (texts, paths) if "breakdown" in texts and paths >= 5 else False

        texts, paths = WebDriverWait(browser, 60).until(drawn)
        for title in ("touches per car and minute", "breakdown", "win rate", "losses"):
            assert title in texts
        assert paths >= 5
        assert len(browser.get_screenshot_as_png()) > 20_000
    finally:
        browser.quit()
