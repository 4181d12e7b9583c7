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

MEMORY = """
from jaxrl.game.rewards.memory import with_memory

@with_memory((0.0, 100.0))
def count(carry, state, next_state, actions):
    decisions, least_boost = carry
    return (decisions + 1, least_boost - (least_boost - next_state.boost).clip(0)), decisions / 100 + least_boost
"""
SETTINGS = TINY | {
    # a term with memory, a weight that moves from the start, and one that moves from the start of a stage
    "rewards.my_memory:count": "0.01",
    "rewards.face_ball": "{from: 1, to: 0, over: 1200, zero_sum: 0.5}",
    "curriculum.stages": "[{after: {speed: 1}, rewards: {speed_to_ball: {from: 1, to: 5, over: 2000}}}]",
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


LONGER = "training: {n_steps: 64, n_minibatches: 4}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overlap", "longer", "at"),
    # with rollouts of 64 decisions from the second on: 128 + 2 x 256; or from the third, where one waits when it begins
    [("false", "", 640), ("true", "", 640), ("false", LONGER, 640), ("true", LONGER, 768)],
)
def test_killed_and_resumed_equals_never_stopped(tmp_path, cache, overlap, longer, at):
    """SIGKILL some updates after a checkpoint: what was learned since is lost, and learned again in the same way."""
    pytest.importorskip("jaxrl_physics")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        (folder / "my_memory.py").write_text(MEMORY)
    settings = SETTINGS | cache | {"training.overlap": overlap}
    settings["curriculum.stages"] = settings["curriculum.stages"].replace("}}}]", f"}}}}, {longer}}}]")
    done = run(settings, cwd=whole)
    assert done.returncode == 0, done.stderr

    saved = killed / "checkpoints" / f"checkpoint_{at}"
    code, _ = run_until(settings, killed, (saved / "checkpoint.json").exists, signal.SIGKILL)
    assert code == -signal.SIGKILL
    # a run of this size may be over before it is killed: what it did after this checkpoint is taken away
    for folder in (killed / "checkpoints").iterdir():
        description = folder / "checkpoint.json"
        if not description.exists() or json.loads(description.read_text())["env_steps"] > at:
            shutil.rmtree(folder)
    again = run(settings, "--resume", cwd=killed)
    assert again.returncode == 0, again.stderr
    assert f"resuming from checkpoints/{saved.name} at {at} environment steps" in again.stdout + again.stderr
    assert "new ones begin" not in again.stdout + again.stderr

    expected, found = arrays(whole / "checkpoints" / "final"), arrays(killed / "checkpoints" / "final")
    steps = np.asarray(expected["accumulators"]["episode_steps"])
    assert steps.any(), "an episode must be running at the end"
    np.testing.assert_array_equal(np.asarray(expected["reward_carry"]["my_memory:count"][0])[:, 0], steps)
    assert 0 < int(expected["stage_starts"][0, 1]) < at, "the stage must begin before the checkpoint"
    assert_same_bits(found, expected)
    both = [read_scalars(folder / "logs") for folder in (whole, killed)]
    moved = [value for _, value in both[0]["train/reward_weight/speed_to_ball"]]
    assert 1 < moved[-1] < 5
    assert moved == sorted(moved)
    for tag, values in both[0].items():
        if not tag.startswith(MEASURED_TIMES):
            # what was logged shortly before the SIGKILL is lost, what was logged twice counts once
            after = [
                {step: np.float64(value).tobytes() for step, value in found if step > at}  # NaN is NaN
                for found in (values, both[1].get(tag, []))
            ]
            assert after[0] == after[1], tag
