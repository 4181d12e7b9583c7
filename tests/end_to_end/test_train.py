"""`python train.py` as a user runs it: a process of its own, real physics, real files.

The runs share one cache of compiled programs; the slow ones compile for 10 to 20 seconds.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

import jax
import numpy as np
import pytest
from support.checkpoints import adam_steps
from support.cli import FINAL, ROOT, TINY, assert_one_error_line, command, name_of, read_scalars, run, run_until
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jaxrl.checkpoints.directory import find_checkpoints
from jaxrl.checkpoints.files import checkpoint_info, verify_checkpoint
from jaxrl.checkpoints.training_state import load_checkpoint, load_checkpoint_config
from jaxrl.config.load import load_config
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game

# name, environment steps, updates
WRITTEN = (("checkpoint_200", 256, 2), ("best", 384, 3), ("checkpoint_400", 512, 4), ("final", 512, 4))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, cache):
    """One whole run: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    done = run(TINY | cache, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture(scope="module")
def scalars(finished):
    return read_scalars(finished[0] / "logs")


def test_check_prints_the_resolved_config_and_trains_nothing(tmp_path):
    done = run(TINY | {"rewards.goal": "3"}, "--check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "resolved.yaml").write_text(done.stdout)
    config = load_config(tmp_path / "resolved.yaml")
    assert config == load_config(FINAL, [*(f"{key}={value}" for key, value in TINY.items()), "rewards.goal=3"])
    assert [path.name for path in tmp_path.iterdir()] == ["resolved.yaml"]


def test_bad_input_is_one_line_and_exit_code_2(tmp_path):
    assert_one_error_line(run({"training.n_epoch": "2"}, cwd=tmp_path), "--set training.n_epoch=2", "'n_epochs'")
    assert_one_error_line(run({"training.gamma": "2"}, "--check", cwd=tmp_path), "training.gamma: 2", "equal to 1")
    missing = [sys.executable, str(ROOT / "train.py"), "--config", "no.yaml"]
    done = subprocess.run(missing, cwd=tmp_path, capture_output=True, text=True)
    assert_one_error_line(done, "no.yaml: cannot be read")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["no_such_module:term", "json:no_such_function"])
def test_a_reward_term_that_cannot_be_found_is_one_line(tmp_path, name):
    """Only found out when the module is imported, but before anything is written."""
    done = run({f"rewards.{name}": "1"}, cwd=tmp_path)
    assert_one_error_line(done, name, name.replace(":", " ").split()[-1 if "json" in name else 0])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_banner(finished):
    rows = {line[2:16].strip(): line[16:] for line in finished[1].stdout.splitlines()}
    assert rows["observation"] == "107 numbers + 29 in the car's own frame, mirrored"
    assert rows["actions"] == "90"
    assert re.fullmatch(r"RocketSim 2 \(.*\) in 1 process", rows["physics"])
    assert rows["environments"].startswith("2 arenas of 1v1, 15 ")
    assert rows["batch"].startswith("128 environment steps = 2 x 64 (256 transitions)")
    assert rows["device"].startswith("cpu") or rows["device"].startswith("gpu")


@pytest.mark.slow
def test_the_progress_bar_reaches_the_end(finished):
    *_, bar, last = finished[1].stderr.replace("\r", "\n").strip().splitlines()
    assert "500/500" in bar
    assert "update 4" in bar
    assert last == "done after 512 environment steps; saved checkpoints/final"
    assert "Traceback" not in finished[1].stderr


@pytest.mark.slow
def test_all_promised_tags_at_every_update(scalars):
    """4 updates of 128 steps; what needs an ended episode has one in each (2 s limit, 4.3 s a rollout)."""
    terms = load_config(FINAL).rewards
    tags = {f"reward/{name}_mean" for name in [*terms, "total"]}
    tags |= {f"reward_group/{name}_mean" for name in ("goal", "touch", "progress", "boost", "demo", "aerial")}
    tags |= {f"train/{name}" for name in ("learning_rate", "entropy_coef", "gradient_norm", "loss", "policy_loss")}
    tags |= {f"train/{name}" for name in ("value_loss", "entropy", "approx_kl", "clip_fraction", "explained_variance")}
    tags |= {f"game/{name}" for name in ("touches_per_minute", "goals_per_minute", "speed_to_ball")}
    tags |= {f"speed/{name}" for name in ("collect", "physics", "inference", "update", "overall")}
    tags |= {f"episode/{name}" for name in ("return", "length", "ended")}
    assert tags <= set(scalars)
    for tag in tags:
        assert [step for step, _ in scalars[tag]] == [128, 256, 384, 512], tag
        assert np.isfinite([value for _, value in scalars[tag]]).all(), tag


@pytest.mark.slow
def test_evaluation_after_every_eval_freq_steps(scalars):
    """eval_freq 300 is passed by the update that ends at 384; 600 is not reached."""
    names = {"mean_reward", "goals_for", "goals_against", "touches_per_minute", "speed_to_ball"}
    names |= {"win_rate", "win_rate_low", "win_rate_high", "draw_rate"}
    assert {tag for tag in scalars if tag.startswith("eval/")} == {f"eval/{name}" for name in names}
    for name in names:
        assert [step for step, _ in scalars[f"eval/{name}"]] == [384], name
    ((step, share),) = scalars["speed/evaluation_share"]
    assert step == 384
    assert 0 < share < 1


@pytest.mark.slow
def test_the_first_evaluation_comes_early(cache, tmp_path):
    """Updates of 4,096 steps: the 13th passes 50,000, long before eval_freq; the 14th reaches that and the end."""
    settings = TINY | cache | {"environment.num_envs": "8", "training.n_steps": "512", "training.batch_size": "4096"}
    settings |= {
        "training.total_timesteps": "57344",
        "evaluation.eval_freq": "57344",
        "logging.save_interval": "100000",
    }
    done = run(settings, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    scores = dict(read_scalars(tmp_path / "logs")["eval/mean_reward"])
    assert [*scores] == [53_248, 57_344]
    assert checkpoint_info(tmp_path / "checkpoints" / "best").env_steps == max(scores, key=scores.__getitem__)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tag", "first", "last"), [("train/learning_rate", 3e-4, 5e-5), ("train/entropy_coef", 0.01, 0.001)]
)
def test_schedules_run_from_the_first_to_the_last_value(scalars, tag, first, last):
    """4 updates of 2 optimizer steps: logged at steps 0, 2, 4 and 6 of 0 to 7, where 7 is the config's last value."""
    expected = [first + (last - first) * step / 7 for step in (0, 2, 4, 6)]
    np.testing.assert_allclose([value for _, value in scalars[tag]], expected, rtol=1e-5)


@pytest.mark.slow
def test_reward_terms_sum_to_the_total(scalars):
    total = np.array([value for _, value in scalars["reward/total_mean"]])
    terms = [tag for tag in scalars if tag.startswith("reward/") and tag != "reward/total_mean"]
    assert len(terms) == len(load_config(FINAL).rewards)
    np.testing.assert_allclose(
        sum(np.array([v for _, v in scalars[tag]]) for tag in terms), total, rtol=1e-4, atol=1e-6
    )
    assert (np.abs(total) > 1e-4).all(), "zeros would sum to zero"


@pytest.mark.slow
def test_checkpoints_of_a_run(finished):
    """save_interval 200: the updates that end at 256 and 512 pass 200 and 400; the first evaluation is the best."""
    folder = finished[0] / "checkpoints"
    assert sorted(path.name for path in folder.iterdir()) == ["best", "checkpoint_200", "checkpoint_400", "final"]
    for name, steps, updates in WRITTEN:
        config = load_checkpoint_config(folder / name)
        ppo = PPO(config, make_game(config))
        fresh = jax.jit(ppo.init)()
        state = load_checkpoint(folder / name, like=fresh)
        assert state.num_env_steps == verify_checkpoint(folder / name).env_steps == steps
        assert (int(state.updates), adam_steps(state)) == (updates, 2 * updates)
        # the first state of the next rollout belongs to the next update: 256 transitions an update
        assert float(state.obs_stats.count) == float(state.return_stats.count) == 256 * updates
        for leaf, untrained in zip(jax.tree.leaves(state.params), jax.tree.leaves(fresh.params), strict=True):
            assert np.isfinite(leaf).all()
            assert not np.array_equal(leaf, untrained)


@pytest.mark.slow
def test_a_second_run_sets_the_checkpoints_of_the_first_aside(finished, cache, tmp_path):
    shutil.copytree(finished[0] / "checkpoints", tmp_path / "checkpoints")
    (tmp_path / "checkpoints" / "final" / "mark").touch()
    done = run(TINY | cache, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (aside,) = (tmp_path / "checkpoints").glob("earlier_*")
    assert f"{aside.relative_to(tmp_path)}" in done.stderr
    assert [path.name for path in find_checkpoints(aside)] == ["checkpoint_200", "best", "checkpoint_400", "final"]
    assert (aside / "final" / "mark").exists()
    assert not (tmp_path / "checkpoints" / "final" / "mark").exists()
    assert checkpoint_info(tmp_path / "checkpoints" / "final").env_steps == 512


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "group"),
    [
        (signal.SIGINT, 130, False),
        (signal.SIGTERM, 143, False),
        (signal.SIGINT, 130, True),
        (signal.SIGTERM, 143, True),
    ],
)
def test_a_signal_ends_the_run_with_a_checkpoint(tmp_path, cache, number, code, group):
    """Sent once the first checkpoint shows that training is under way; the run would go on for hours.

    To the trainer alone, or to its workers too, as terminals and many job schedulers do.
    """
    settings = TINY | cache | {"training.total_timesteps": "100000000", "logging.save_interval": "128"}
    first = tmp_path / "checkpoints" / "checkpoint_128"
    exit_code, printed = run_until(settings, tmp_path, first.exists, number, group)
    assert exit_code == code, printed
    *_, stopped, last = printed.splitlines()
    assert f"stopped by {name_of(number)}" in stopped
    resume = command(settings, "--resume", script=ROOT / "train.py")
    python = ["uv", "run", "--no-sync", "python"] if "UV" in os.environ else ["python"]  # as the run was started
    assert shlex.split(last.removeprefix("continue with: ")) == [*python, *resume[1:]], "the same command, resumed"
    assert "Traceback" not in printed
    info = verify_checkpoint(tmp_path / "checkpoints" / "final")
    assert info.env_steps == 128 * info.updates > 0
    assert not list((tmp_path / "checkpoints").glob(".*"))


@pytest.mark.slow
def test_2v2_with_a_users_own_reward_term_and_start_state(tmp_path, cache):
    """Modules beside train.py, named on the command line; the term is 1 for every car, so its mean is its weight."""
    shutil.copy(ROOT / "train.py", tmp_path)
    (tmp_path / "my_rewards.py").write_text(
        "def one(state, next_state, actions):\n    return 0 * next_state.boost + 1\n"
    )
    (tmp_path / "my_starts.py").write_text(
        "from pathlib import Path\n"
        "from jaxrl.game.starts import near_ball\n"
        "def close(rng, team_size):\n    Path('close_was_used').touch()\n    return near_ball(rng, team_size)\n"
    )
    settings = TINY | cache | {"environment.team_size": "2", "training.total_timesteps": "128"}
    settings |= {"rewards.my_rewards:one": "0.25", "environment.start_states.my_starts:close": "1000"}
    done = run(settings, cwd=tmp_path, script=tmp_path / "train.py")
    assert done.returncode == 0, done.stderr
    assert "169 numbers" in done.stdout
    assert "2 arenas of 2v2" in done.stdout
    (folder,) = (tmp_path / "logs").iterdir()
    events = EventAccumulator(str(folder))
    events.Reload()
    # tensorboardX allows no colon in a tag
    assert [e.value for e in events.Scalars("reward/my_rewards_one_mean")] == [0.25]
    assert [e.value for e in events.Scalars("reward_group/custom_mean")] == [0.25]
    assert (tmp_path / "close_was_used").exists()
