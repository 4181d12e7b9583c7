"""TensorBoard as a user sees it: a real server, a real browser."""

import json
from urllib.request import urlopen

import numpy as np
import pytest

from benchmarks.tools.browser import chromium, drawn_custom_scalars, has_chromium, tensorboard
from jaxrl.config.load import load_config
from jaxrl.game.figures import FIGURES
from jaxrl.matches.evaluation import EvalResult
from jaxrl.ppo.loss import LossMetrics
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.shown import Shown
from jaxrl.report.display import RunDisplay
from jaxrl.report.tags import Timing, evaluation_scalars, update_scalars

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
                "own_terms": {},
                "statistics": {name: np.float32(1) for name in ("touches_per_minute", "goals_per_minute")},
                "shown": Shown({name: np.float32(step / 1e4) for name in FIGURES}),
            }
            display.log(update_scalars(Metrics(**values), Timing(1, 1, 2), config, config.batch.env_steps), step)
        display.log(evaluation_scalars(EvalResult(*range(9)), 0.02), STEPS[-1])
    return tmp_path


@pytest.fixture
def server(logs):
    """The address of a TensorBoard on these logs."""
    with tensorboard(logs) as address:
        yield address


def test_tensorboard_reads_every_kind_of_data(server):
    """Scalars, custom charts, hyper-parameters and the config as text, as the server itself sees them."""
    plugins = json.loads(urlopen(f"{server}/data/plugins_listing", timeout=30).read())
    for name in ("scalars", "custom_scalars", "hparams", "text"):
        assert plugins[name]["enabled"], name
    text = urlopen(f"{server}/data/plugin/text/text?run=run&tag=config/text_summary", timeout=30).read().decode()
    assert "total_timesteps: 10000000" in text


@pytest.mark.slow
@pytest.mark.skipif(not has_chromium(), reason="needs Debian's chromium and chromium-driver")
def test_the_page_opens_on_charts_with_curves(server):
    """The custom scalars hold a card for every chart of the layout, and its lines are drawn."""
    with chromium(1600, 1400) as browser:
        texts, paths = drawn_custom_scalars(browser, server)
        assert len(browser.get_screenshot_as_png()) > 20_000
    for title in ("touches per car and minute", "breakdown", "win rate", "losses"):
        assert title in texts
    assert paths >= 5
