"""Whole runs in RocketSim 3: training, its evaluation, checkpoints, and a run that changes its physics."""

import json
import shutil

import pytest
from support.cli import ROOT, TINY, assert_one_error_line, read_scalars, run
from support.engines import needs_rocketsim3

from jaxrl.config.load import load_config
from jaxrl.sim.rocketsim3.module import why_not

LONGER = {"training.total_timesteps": "800"}
NO_MODULE = "import sys\nsys.modules['jaxrl_physics'] = None\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory, cache):
    """The folder of a run with `physics: auto` where RocketSim 3 is installed, and what it printed."""
    folder = tmp_path_factory.mktemp("trained")
    done = run(TINY | cache | {"environment.physics": "auto"}, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


@needs_rocketsim3
@pytest.mark.slow
def test_auto_trains_in_rocketsim3_and_everything_says_so(trained):
    folder, done = trained
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("  physics ")]
    assert "RocketSim 3 (" in row
    assert row.endswith("in 1 thread")
    final = folder / "checkpoints" / "final"
    assert json.loads((final / "policy.json").read_text())["physics"] == "rocketsim3"
    assert load_config(final / "config.yaml").environment.physics == "rocketsim3"
    scalars = read_scalars(folder / "logs")
    assert len(scalars["train/loss"]) == 4
    assert "eval/mean_reward" in scalars


@needs_rocketsim3
@pytest.mark.slow
@pytest.mark.parametrize(("physics", "engine"), [("auto", "rocketsim3"), ("rocketsim2", "rocketsim2")])
def test_a_resumed_run_keeps_its_physics_or_says_that_it_does_not(trained, cache, tmp_path, physics, engine):
    """From a folder of its own: both go on from the same checkpoint."""
    final = trained[0] / "checkpoints" / "final"
    settings = TINY | cache | LONGER | {"environment.physics": physics}
    done = run(settings, "--resume", str(final), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    changes = [line for line in done.stderr.splitlines() if line.startswith("environment.physics")]
    assert changes == ["environment.physics: rocketsim3 -> rocketsim2: the run goes on in another physics"] * (
        engine == "rocketsim2"
    )
    new = tmp_path / "checkpoints" / "final" / "policy.json"
    assert json.loads(new.read_text())["physics"] == engine


@needs_rocketsim3
@pytest.mark.slow
def test_damaged_episodes_are_one_line_and_new_ones(trained, cache, tmp_path):
    """All that was learned goes on; without damage, the episodes do so, too."""
    for damaged in (False, True):
        folder = tmp_path / str(damaged)
        final = shutil.copytree(trained[0] / "checkpoints" / "final", folder / "checkpoints" / "final")
        if damaged:
            content = (final / "episodes.npz").read_bytes()
            (final / "episodes.npz").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        done = run(TINY | cache | LONGER | {"environment.physics": "auto"}, "--resume", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert "resuming from checkpoints/final at 512 environment steps" in done.stdout + done.stderr
        lines = [line for line in done.stderr.splitlines() if "episodes" in line]
        named = "checkpoints/final: damaged: episodes.npz is not what was saved; new episodes begin"
        assert [line.endswith(named) for line in lines] == [True] * damaged


@needs_rocketsim3
@pytest.mark.slow
def test_it_goes_on_in_rocketsim2_where_3_is_missing(trained, cache, tmp_path):
    """As on another machine, with a line that says so."""
    script = tmp_path / "train.py"
    script.write_text(NO_MODULE + (ROOT / "train.py").read_text())
    settings = TINY | cache | LONGER | {"environment.physics": "auto"}
    done = run(settings, "--resume", str(trained[0] / "checkpoints" / "final"), cwd=tmp_path, script=script)
    assert done.returncode == 0, done.stderr
    assert "trained in RocketSim 3, and plays in RocketSim 2" in done.stderr
    new = tmp_path / "checkpoints" / "final" / "policy.json"
    assert json.loads(new.read_text())["physics"] == "rocketsim2"


@pytest.mark.skipif(why_not() is None, reason="RocketSim 3 is installed")
def test_training_in_rocketsim3_without_it_is_one_line(tmp_path):
    done = run(TINY | {"environment.physics": "rocketsim3"}, cwd=tmp_path)
    assert_one_error_line(done, "environment.physics rocketsim3: jaxrl_physics is not installed", "--extra native")
    assert list(tmp_path.iterdir()) == [], "nothing is written"
