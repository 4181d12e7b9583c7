"""No file descriptor, no process, no memory for a worker, at the start or for one that has to be replaced: one line."""

import os
import shutil
import subprocess
import sys

import pytest

LIMITED = """
import os, resource, sys
import numpy as np
from jaxrl.errors import SimulationError
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.spec import kickoff_spec

kind, number, when = sys.argv[1], int(sys.argv[2]), sys.argv[3]

def limit():
    resource.setrlimit(kind := getattr(resource, sys.argv[1]), (number, resource.getrlimit(kind)[1]))

def play():
    if when == "start":
        limit()
    with RocketSimEnv(kickoff_spec(4, 1, 8, 1, seed=0), num_workers=2) as env:
        env.reset()
        limit()
        os.kill(env.worker_pids[0], 9)
        env.step(np.full((4, 2), 18))

if __name__ == "__main__":
    try:
        play()
    except SimulationError as error:
        print(error)
"""
# root may have any number of processes; a user who may read every file may not
USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override"]
USER = [*USER, "--ambient-caps=+dac_override"] if os.geteuid() == 0 else []
HINT = "fewer (environment.num_workers) need less memory, and fewer processes and open files (`ulimit -a`)"
LOST = "jaxrl-worker-0 died (exit code -9), and cannot be replaced: "


@pytest.mark.parametrize("when", ["start", "later"])
@pytest.mark.parametrize(
    ("kind", "number", "reason"),
    [("RLIMIT_NOFILE", 12, "Too many open files"), ("RLIMIT_NPROC", 1, "Resource temporarily unavailable")],
)
def test_a_worker_that_cannot_be_started(tmp_path, when, kind, number, reason):
    if kind == "RLIMIT_NPROC" and USER and not shutil.which("setpriv"):
        pytest.skip("setpriv is missing")
    script = tmp_path / "limited.py"
    script.write_text(LIMITED)
    command = [*(USER if kind == "RLIMIT_NPROC" else []), sys.executable, "-B", str(script), kind, str(number), when]
    tmp_path.chmod(0o755)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lost = "" if when == "start" else LOST
    assert done.stdout == f"{lost}jaxrl-worker-0 cannot be started: {reason}; {HINT}\n"
    assert done.stderr == ""


IN_THE_WORKER = """
import resource

if __name__ == "__mp_main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))
"""


def test_a_worker_that_starts_and_cannot_go_on(tmp_path):
    """It reports the error of the system, without its traceback."""
    script = tmp_path / "limited.py"
    script.write_text(IN_THE_WORKER + LIMITED)
    done = subprocess.run(
        [sys.executable, "-B", str(script), "RLIMIT_NOFILE", "1000", "start"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.startswith("jaxrl-worker-")
    assert "stopped: OSError: [Errno 24] Too many open files:" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
