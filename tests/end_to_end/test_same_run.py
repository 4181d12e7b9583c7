"""A run that was killed and resumed is, bit for bit, the run that was never stopped: real physics, real processes."""

import json
import shutil
import signal

import jax
import numpy as np
import orbax.checkpoint as ocp
import pytest
from support.checkpoints import assert_same_bits
from support.cli import TINY, read_scalars, run, run_until

SETTINGS = TINY | {
    "environment.physics": "rocketsim3",
    "environment.num_envs": "4",
    "environment.no_touch_seconds": "10",  # episodes run on over several rollouts
    "environment.start_states": "{kickoff: 1, near_ball: 1}",
    "training.n_steps": "32",
    "training.total_timesteps": "1500",
    "evaluation.eval_freq": "300",
    "logging.save_interval": "128",
}
MEASURED_TIMES = "speed/"


def arrays(checkpoint):
    """The whole TrainState, as Orbax reads it without being told its structure."""
    with ocp.StandardCheckpointer() as checkpointer:
        return jax.tree.map(np.asarray, checkpointer.restore(checkpoint / "state"))


@pytest.mark.slow
def test_killed_and_resumed_equals_never_stopped(tmp_path, cache):
    """SIGKILL some updates after a checkpoint: what was learned since is lost, and learned again in the same way."""
    pytest.importorskip("jaxrl_physics")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    settings = SETTINGS | cache
    done = run(settings, cwd=whole)
    assert done.returncode == 0, done.stderr

    saved = killed / "checkpoints" / "checkpoint_640"
    code, _ = run_until(settings, killed, (saved / "checkpoint.json").exists, signal.SIGKILL)
    assert code == -signal.SIGKILL
    # a run of this size may be over before it is killed: what it did after this checkpoint is taken away
    for folder in (killed / "checkpoints").iterdir():
        description = folder / "checkpoint.json"
        if not description.exists() or json.loads(description.read_text())["env_steps"] > 640:
            shutil.rmtree(folder)
    again = run(settings, "--resume", cwd=killed)
    assert again.returncode == 0, again.stderr
    assert f"resuming from checkpoints/{saved.name} at 640 environment steps" in again.stdout + again.stderr
    assert "new ones begin" not in again.stdout + again.stderr

    expected, found = arrays(whole / "checkpoints" / "final"), arrays(killed / "checkpoints" / "final")
    assert np.asarray(expected["accumulators"]["episode_steps"]).any(), "an episode must be running at the end"
    assert_same_bits(found, expected)
    both = [read_scalars(folder / "logs") for folder in (whole, killed)]
    for tag, values in both[0].items():
        if not tag.startswith(MEASURED_TIMES):
            # what was logged shortly before the SIGKILL is lost, what was logged twice counts once
            after = [
                {step: np.float64(value).tobytes() for step, value in found if step > 640}  # NaN is NaN
                for found in (values, both[1][tag])
            ]
            assert after[0] == after[1], tag
