"""The layout of TensorBoard's charts."""

import numpy as np
import pytest
from support.metrics import make_metrics
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout

from jaxrl.config.load import load_config
from jaxrl.game.actions import CHOICES
from jaxrl.game.figures import FIGURES, STATISTICS
from jaxrl.matches.evaluation import EvalResult
from jaxrl.ppo.shown import Shown
from jaxrl.report.charts import MARKERS, chart_layout
from jaxrl.report.display import RunDisplay
from jaxrl.report.tags import Timing, evaluation_scalars, update_scalars

FINAL = "configs/final.yaml"
GOAL, TOUCH, PROGRESS = ("reward/goal_mean", "reward/touch_mean", "reward/ball_to_goal_mean")


@pytest.fixture
def config(request):
    return load_config(request.config.rootpath / FINAL, ["metrics.my.module:tilt=true", "metrics.my.module:off=false"])


def test_every_chart_shows_tags_that_are_logged(config):
    """A chart of a tag that nobody writes stays empty in TensorBoard without a word."""
    one = np.float32(1)
    figures = dict.fromkeys(FIGURES, one)
    shown = Shown(figures, dict.fromkeys(config.metric_names, one), dict.fromkeys(CHOICES, one))
    metrics = make_metrics(
        reward_terms=dict.fromkeys(config.rewards, one), statistics=dict.fromkeys(STATISTICS, one), shown=shown
    )
    logged = set(update_scalars(metrics, Timing(1, 1, 2, physics_seconds=0.5), config, config.batch.env_steps))
    logged |= set(evaluation_scalars(EvalResult(*range(9), figures, figures), 0.1))
    charts = [chart for category in chart_layout(config).values() for chart in category.values()]
    for kind, tags in charts:
        assert kind in ("Multiline", "Margin")
        assert set(tags) <= logged
    drawn = {tag for _, tags in charts for tag in tags}
    assert {tag for tag in logged - drawn if "_" in tag.split("/")[0]} == set(), "every figure is in a chart"
    assert {"custom/my.module_tilt", "entropy/air"} <= drawn


def titles(layout):
    return [*layout["reward"]]


def test_the_largest_groups_come_first_and_zero_ones_not_at_all(config):
    assert titles(chart_layout(config)) == ["breakdown", "goal", "touch", "progress", "boost", "demo", "aerial"]
    sizes = {TOUCH: 2.0, PROGRESS: 5.0, GOAL: 0.0, "reward/aerial_mean": 0.1}
    assert titles(chart_layout(config, sizes)) == ["breakdown", "progress", "touch", "aerial"]


def test_a_chart_is_the_same_whatever_was_logged(config):
    """TensorBoard draws charts of several runs once where they are the same."""
    before, after = (chart_layout(config, sizes)["reward"] for sizes in (None, {TOUCH: 2.0, PROGRESS: 5.0}))
    assert all(before[title] == chart for title, chart in after.items())


def test_terms_without_weight_are_hidden(config, request):
    """`touch` gets its weight in a later stage."""
    stages = "curriculum.stages=[{after: {air_share: 0.1}, rewards: {touch: 1}}]"
    overrides = ["rewards.touch=0", "rewards.concede=0", stages]
    layout = chart_layout(load_config(request.config.rootpath / FINAL, overrides))
    assert layout["reward"]["goal"] == ["Multiline", [GOAL]]
    assert layout["reward"]["touch"] == ["Multiline", [TOUCH]]


def test_no_chart_of_terms_has_more_curves_than_markers(request):
    mine = {f"my.module:term_{number}": 1 for number in range(9)}
    config = load_config(request.config.rootpath / FINAL)
    config = config.model_copy(update={"rewards": dict(config.rewards) | mine})
    layout = chart_layout(config)["reward"]
    assert [len(layout[title][1]) for title in ("custom", "custom (2)")] == [MARKERS, 2]
    assert [len(layout[title][1]) for title in ("breakdown", "breakdown (2)")] == [MARKERS, 1]


def test_a_layout_is_written_anew_when_the_order_changes(config, tmp_path):
    """After the 1st, 2nd and 4th update; what TensorBoard shows is the last."""
    with RunDisplay(tmp_path, config) as display:
        for update, (touch, progress) in enumerate([(2, -1), (2, -1), (0, -5), (0, -5), (9, 0)], start=1):
            scalars = {"reward/total_mean": 1.0, TOUCH: float(touch), PROGRESS: float(progress)}
            display.log(scalars, 4096 * update)
            display.log({"eval/mean_reward": 1.0}, 4096 * update)
    events = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    events.Reload()
    written = events.Tensors("custom_scalars__config__")
    assert [event.step for event in written] == [0, 4096, 4096 * 4]
    layouts = [Layout.FromString(event.tensor_proto.string_val[0]) for event in written]
    orders = [[chart.title for chart in layout.category[1].chart] for layout in layouts]
    assert orders[1:] == [["breakdown", "touch", "progress"], ["breakdown", "progress", "touch"]]
