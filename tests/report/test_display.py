"""What a run shows: sums of reward groups, what is not logged, the bar and the banner."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from support.metrics import make_metrics
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jaxrl.config.load import load_config
from jaxrl.game.rewards.registry import TAG_GROUPS, TERMS
from jaxrl.matches.evaluation import EvalResult
from jaxrl.ppo.shown import Shown
from jaxrl.report.banner import banner
from jaxrl.report.display import RunDisplay
from jaxrl.report.progress import say
from jaxrl.report.tags import Timing, evaluation_scalars, hyper_parameters, update_scalars, weight_scalars

FINAL = "configs/final.yaml"


def scalars_of(metrics, timing, config):
    """All tags of an update over a whole batch."""
    return update_scalars(metrics, timing, config, config.batch.env_steps)


@pytest.fixture
def config(request):
    return load_config(request.config.rootpath / FINAL)


@pytest.fixture
def eighty(request):
    """8 arenas x 10 decisions an update."""
    overrides = ["training.batch_size=80", "training.n_steps=10", "training.n_minibatches=2"]
    return load_config(request.config.rootpath / FINAL, overrides)


def test_every_value_goes_under_its_own_tag(eighty):
    figures = {"boost_held": np.float32(4), "touches_per_minute": np.float32(5)}
    shown = Shown(figures, {"my.module:tilt": np.float32(6)}, {"jump": np.float32(7)})
    metrics = make_metrics(statistics={"touches_per_minute": np.float32(3)}, shown=shown)
    scalars = scalars_of(metrics, Timing(2.0, 8.0, 10.0), eighty)
    for name in ("learning_rate", "entropy_coef", "gradient_norm", "explained_variance", "first_ratio_error"):
        assert scalars[f"train/{name}"] == getattr(metrics, name), name
    assert scalars["train/ent_coef"] == metrics.entropy_coef
    for name in ("loss", "policy_loss", "value_loss", "entropy", "approx_kl", "clip_fraction"):
        assert scalars[f"train/{name}"] == getattr(metrics.loss, name), name
    assert scalars["reward/total_mean"] == metrics.reward
    assert scalars["episode/return"] == metrics.episode_return
    assert scalars["episode/length"] == metrics.episode_steps
    assert scalars["episode/ended"] == metrics.episodes
    assert scalars["game/touches_per_minute"] == 3
    assert scalars["game_boost/boost_held"] == 4
    assert "game_touch/touches_per_minute" not in scalars, "it has a tag already"
    assert scalars["custom/my.module_tilt"] == 6
    assert scalars["entropy/jump"] == 7
    assert all(type(value) is float for value in scalars.values())


def test_speeds_are_environment_steps_a_second(eighty):
    """80 steps collected in 2 s, learnt from in 8 s."""
    scalars = scalars_of(make_metrics(), Timing(2.0, 8.0, 10.0), eighty)
    assert (scalars["speed/collect"], scalars["speed/update"], scalars["speed/overall"]) == (40, 10, 8)
    assert "speed/physics" not in scalars, "nobody here collected"


def test_collecting_is_physics_and_inference(eighty):
    """80 steps: of 2 s half a second of physics, so 1.5 s of all else."""
    scalars = scalars_of(make_metrics(), Timing(2.0, 8.0, 10.0, physics_seconds=0.5), eighty)
    assert scalars["speed/physics"] == 160
    assert scalars["speed/inference"] == pytest.approx(53.3333, abs=1e-3)


def test_a_group_is_the_sum_of_its_terms(config):
    """Squares: sums are exact, and those of other terms are hardly ever the same."""
    values = {name: float(i * i) for i, name in enumerate([*TERMS, "my.module:one", "my.module:two"], start=1)}
    terms = {name: np.float32(value) for name, value in values.items()}
    scalars = scalars_of(make_metrics(reward_terms=terms), Timing(1, 1, 2), config)
    for group, functions in TAG_GROUPS.items():
        assert scalars[f"reward_group/{group}_mean"] == sum(values[f.__name__] for f in functions), group
    assert scalars["reward_group/custom_mean"] == values["my.module:one"] + values["my.module:two"]
    groups = sum(value for tag, value in scalars.items() if tag.startswith("reward_group/"))
    assert groups == sum(values.values()), "every term belongs to exactly one group"
    for name, value in values.items():
        assert scalars[f"reward/{name.replace(':', '_')}_mean"] == value


def test_groups_are_the_promised_ones():
    assert list(TAG_GROUPS)[:6] == ["goal", "touch", "progress", "boost", "demo", "aerial"]


def test_a_group_without_terms_is_not_shown(config):
    scalars = scalars_of(make_metrics(reward_terms={"touch": np.float32(1)}), Timing(1, 1, 2), config)
    assert [tag for tag in scalars if tag.startswith("reward_group/")] == ["reward_group/touch_mean"]


def test_the_breakdown_can_be_left_out(config):
    """logging.reward_breakdown: false leaves the total and nothing else of the reward."""
    quiet = config.model_copy(update={"logging": config.logging.model_copy(update={"reward_breakdown": False})})
    tags = scalars_of(make_metrics(reward_terms={"touch": np.float32(1)}), Timing(1, 1, 2), quiet)
    assert [tag for tag in tags if tag.startswith("reward")] == ["reward/total_mean"]


def test_shared_terms_have_a_curve_of_their_own_values(config):
    """Zero-sum, the mean of what a term pays is 0 over all cars; what it was before shows whether it happens."""
    metrics = make_metrics(reward_terms={"goal": np.float32(0)}, own_terms={"my:goal": np.float32(3)})
    scalars = scalars_of(metrics, Timing(1, 1, 2), config)
    assert (scalars["reward/goal_mean"], scalars["reward_own/my_goal_mean"]) == (0, 3)


def test_weights_that_move_have_curves():
    assert weight_scalars({"goal": 2.5, "my.module:term": 1.0}) == {
        "train/reward_weight/goal": 2.5,
        "train/reward_weight/my.module_term": 1,
    }


def test_weights_that_are_more_than_a_number_are_described_in_words(request):
    overrides = ["rewards.goal={from: 5, to: 0.5, over: 2e7, zero_sum: 1}", "rewards.touch.team_spirit=0.3"]
    config = load_config(request.config.rootpath / FINAL, overrides)
    values = hyper_parameters(config)
    assert values["rewards.goal"] == "5 -> 0.5 over 20,000,000 steps, zero_sum 1"
    assert values["rewards.concede"] == -25
    text = banner(config, "cpu", 2, 90, Path("logs"))
    assert "  rewards       goal 5 -> 0.5 over 20,000,000 steps, zero_sum 1; touch 3, team_spirit 0.3\n" in text
    plain = banner(load_config(request.config.rootpath / FINAL), "cpu", 2, 90, Path("logs"))
    assert "  rewards " not in plain


def test_evaluation_tags():
    own, opponent = ({"touches_per_minute": value, "boost_held": value + 1} for value in (10, 20))
    assert evaluation_scalars(EvalResult(1, 2, 3, 4, 5, 6, 7, 8, 9, own, opponent), 0.03) == {
        "eval/mean_reward": 1,
        "eval/goals_for": 2,
        "eval/goals_against": 3,
        "eval/win_rate": 4,
        "eval/win_rate_low": 5,
        "eval/win_rate_high": 6,
        "eval/draw_rate": 7,
        "eval/touches_per_minute": 8,
        "eval/speed_to_ball": 9,
        "eval_boost/boost_held": 11,
        "opponent_touch/touches_per_minute": 20,
        "opponent_boost/boost_held": 21,
        "speed/evaluation_share": 0.03,
    }


def test_events_come_back_as_logged_and_nan_is_left_out(config, tmp_path):
    """No episode ended: no point, rather than a NaN that TensorBoard draws as a gap or an arrow."""
    with RunDisplay(tmp_path, config) as display:
        display.log({"a/zero": 0.0, "a/nan": math.nan, "a/sometimes": 1.5}, 4096)
        display.log({"a/zero": -2.0, "a/nan": math.nan, "a/sometimes": math.nan}, 5_000_000_000)
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert set(events.Tags()["scalars"]) == {"a/zero", "a/sometimes"}
    assert [(e.step, e.value) for e in events.Scalars("a/zero")] == [(4096, 0.0), (5_000_000_000, -2.0)]
    assert [(e.step, e.value) for e in events.Scalars("a/sometimes")] == [(4096, 1.5)]
    text = events.Tensors("config/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "    learning_rate: 0.0003" in text


def test_a_resumed_run_goes_on_where_its_checkpoint_was(config, tmp_path):
    """Killed after step 384, resumed from the checkpoint at 256: the points beyond it are replaced, not doubled."""
    for start, steps in ((0, (128, 256, 384)), (256, (384, 512))):
        with RunDisplay(tmp_path, config, start) as display:
            for step in steps:
                display.log({"a/step_and_start": step + start / 1024}, step)
        # tensorboardX names a file by the second
        for file in tmp_path.glob("*.tfevents.*"):
            file.rename(file.with_name(file.name if file.name.endswith("th") else f"{file.name}.{start:04}th"))
    assert len(list(tmp_path.iterdir())) == 2
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    points = [(e.step, e.value) for e in events.Scalars("a/step_and_start")]
    assert points == [(128, 128), (256, 256), (384, 384.25), (512, 512.25)]


def test_the_progress_bar_of_a_resumed_run_starts_where_it_was(config, tmp_path, capsys):
    with RunDisplay(tmp_path, config, 2_500_000) as display:
        display.progress(5_000_000, 0, 1221)
    last = re.split(r"[\r\n]", capsys.readouterr().err.strip())[-1]
    assert "50%" in last
    assert "5.00M/10.0M" in last


def test_the_progress_bar_counts_environment_steps(config, tmp_path, capsys):
    with RunDisplay(tmp_path, config) as display:
        display.progress(2_500_000, -0.123456, 610)
        say("a line of its own")
    shown = capsys.readouterr()
    assert shown.out == "", "standard output is for the banner"
    last = re.split(r"[\r\n]", shown.err.strip())[-1]
    assert "25%" in last
    assert "2.50M/10.0M" in last
    assert "step/s" in last
    assert "reward -0.1235, update 610" in last
    assert "a line of its own" in shown.err


def test_the_progress_bar_ends_at_its_end(config, tmp_path, capsys):
    """The last update may pass the total (2442 x 4096 > 10,000,000)."""
    with RunDisplay(tmp_path, config) as display:
        display.progress(9_998_336, 0, 2441)
        display.progress(10_002_432, 0, 2442)
    last = re.split(r"[\r\n]", capsys.readouterr().err.strip())[-1]
    assert "100%" in last
    assert "10.0M/10.0M" in last
    assert "update 2442" in last


def test_the_banner_shows_device_sizes_and_schedules(tmp_path):
    config = load_config(FINAL, ["environment.physics=rocketsim2"])
    lines = banner(config, "cpu", 2, 90, tmp_path / "run").splitlines()
    rows = {line[2:16].strip(): line[16:] for line in lines[1:-1]}
    assert rows["device"] == "cpu, precision tf32"
    assert re.fullmatch(r"RocketSim 2 \(2\.[\d.a-z]+\) in 2 processes", rows["physics"])
    assert rows["environments"].startswith("8 arenas of 1v1, 15 decisions a second")
    assert rows["observation"] == "107 numbers + 29 in the car's own frame, mirrored"
    assert rows["actions"] == "90"
    assert rows["batch"].startswith("4,096 environment steps = 8 x 512 (8,192 transitions), 4 epochs")
    assert rows["batch"].endswith("8 minibatches of 1,024")
    assert rows["learning rate"] == "0.0003 -> 5e-05"
    assert rows["entropy"] == "0.01 -> 0.001"
    assert rows["total"] == "10,000,000 environment steps = 2,442 updates"
    assert str(tmp_path / "run") in rows["logs"]
    assert rows["checkpoints"] == "./checkpoints"


@pytest.mark.parametrize(
    ("cooldown", "shown"), [(1, "0.0003 -> 5e-05"), (0.2, "0.0003 -> 5e-05 in the last 20%"), (0, "0.0003")]
)
def test_the_banner_says_when_rates_fall(tmp_path, cooldown, shown):
    config = load_config(FINAL, ["environment.physics=rocketsim2", f"training.cooldown={cooldown}"])
    assert f"  {'learning rate':<14}{shown}" in banner(config, "cpu", 2, 90, tmp_path).splitlines()


def test_the_banner_says_what_stages_change(tmp_path):
    """The rates that most of a run learns at; and terms with a setting of their own do not make it wider."""
    text = banner(load_config("configs/whole_game.yaml"), "cpu", 2, 90, tmp_path)
    assert f"  {'learning rate':<14}0.001, 0.0005 in stage 2, 0.0004 in stage 3 -> 5e-05 in the last 20%\n" in text
    assert f"  {'entropy':<14}0.01, 0.005 in stage 2, 0.006 in stage 3 -> 0.003 in the last 20%\n" in text
    words = " ".join(text.split())
    assert "4,096 environment steps = 128 x 32 (8,192 transitions), 3 epochs of 4 minibatches of 2,048" in words
    assert "of 2,048; 16,384 in stage 3, minibatches of 4,096 learning rate" in words
    assert "total 30,000,000 environment steps logs" in words, "how many updates these are nobody knows before"
    rewards = text[text.index("  rewards ") : text.index("  batch ")]
    words = " ".join(rewards.split())
    assert words.startswith("rewards touch 3, zero_sum 1; speed_to_ball 0.75, zero_sum 1; face_ball 0.075, zero_sum 1;")
    assert words.endswith("forward_speed 0.25, zero_sum 1; air 0.045, zero_sum 1")
    assert max(map(len, text.splitlines())) <= 130


def test_the_banner_does_not_break_names_of_folders():
    folder = Path("a folder/" + 30 * "with a long name ")
    assert f"  {'logs':<14}{folder} (tensorboard" in banner(load_config(FINAL), "cpu", 2, 90, folder)


def test_the_banner_names_all_that_a_car_sees(tmp_path):
    added = ("other_frames", "timers", "contacts", "touches", "pad_timers", "near_pads", "ball_path")
    config = load_config(FINAL, [f"observation.{name}=true" for name in added])
    text = banner(config, "cpu", 2, 90, tmp_path)
    row = text[text.index("  observation ") : text.index("  actions ")]
    assert sum(map(int, re.findall(r"\d+\b", row))) == config.observation.view.size(config.environment.num_cars)


def test_the_banner_in_this_process(tmp_path):
    config = load_config(FINAL, ["environment.physics=rocketsim2"])
    row = banner(config, "cpu", 0, 90, tmp_path).splitlines()[2]
    assert row.endswith("in this process")
