"""A /dev/shm that is full, read-only or missing, and SIGKILL of everybody at once: nothing in it is ever used."""

import os
import random
import subprocess
import sys

import pytest
from support.cli import TINY, command
from support.shared_memory import can_mount, on_its_own

from jaxrl.checkpoints.files import verify_checkpoint

pytestmark = pytest.mark.skipif(not can_mount(), reason="no right to mount a file system here")

STEPS = """
import numpy as np
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.spec import kickoff_spec

if __name__ == "__main__":
    with RocketSimEnv(kickoff_spec(64, 1, 8, 1, seed=0), num_workers=2, num_groups=2) as env:
        env.reset()
        for _ in range(10):
            step = env.step(np.full((64, 2), 18))
    print(float(np.abs(step.state).sum()) > 0)
"""
# for every number of seconds: start the command, kill its process group, and list what is there
KILLS = """
for seconds in $SECONDS_UNTIL; do
    setsid "$@" > output 2>&1 &
    trainer=$!
    sleep $seconds
    kill -0 $trainer || cat output
    kill -KILL -- -$trainer
    wait $trainer
    ls -A /dev/shm
done 2> /dev/null
"""
FULL = "size=4k,nr_inodes=2"  # its root takes one inode, the filler the other


@pytest.mark.parametrize("options", ["ro", FULL])
def test_workers_do_without_it(tmp_path, options):
    """Their arrays are some 80 KB; with a 4 KB file the first write would be a SIGBUS."""
    script = tmp_path / "steps.py"
    script.write_text(STEPS)
    fill = ["bash", "-c", 'touch /dev/shm/filler 2> /dev/null; exec "$@"', "fill"]
    done = subprocess.run(
        on_its_own(options, [*fill, sys.executable, str(script)]), capture_output=True, text=True, timeout=120
    )
    assert (done.stdout.strip(), done.stderr) == ("True", "")


@pytest.mark.slow
def test_a_whole_run_does_without_it(tmp_path, cache):
    """With TensorBoard, the progress bar, evaluation and checkpoints."""
    trainer = on_its_own("ro", command(TINY | cache))
    done = subprocess.run(trainer, cwd=tmp_path, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    verify_checkpoint(tmp_path / "checkpoints" / "final")


@pytest.mark.slow
def test_nothing_is_left_when_everybody_is_killed_at_once(tmp_path, cache):
    """SIGKILL of trainer, workers and what cleans up after them, while they start and while they train."""
    dice = random.Random(0)
    moments = [*(f"{dice.uniform(2, 20):.1f}" for _ in range(8)), "25"]
    trainer = command(TINY | cache | {"training.total_timesteps": "100000000"})
    script = on_its_own("size=64m", ["bash", "-c", KILLS, "kills", *trainer])
    environment = os.environ | {"SECONDS_UNTIL": " ".join(moments)}
    done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=400)
    assert done.stdout == ""
    assert (tmp_path / "checkpoints").exists(), "nobody got as far as that"
