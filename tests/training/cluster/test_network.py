"""A node behind a network of its own, which is cut: it takes root and Linux's network namespaces to try that."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support.cli import ROOT, TINY

pytest.importorskip("ray")
pytestmark = pytest.mark.slow

HERE, THERE, SPACE, LINK = "10.213.77.1", "10.213.77.2", "jaxrl-far", "jaxrl-near"
RAY = Path(sys.executable).with_name("ray")
SETTINGS = TINY | {
    "environment.num_envs": "4",
    "training.n_steps": "32",
    "cluster.rollouts": "2",
    "cluster.max_lag": "2",
    "training.total_timesteps": "10000000",
    "evaluation.eval_freq": "100000000",
    "logging.save_interval": "128",
    "logging.keep": "3",
}
NODE = ["--object-store-memory", "100000000", "--block"]


def ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


@pytest.fixture
def network():
    """A namespace whose one way out is a pair of virtual cards."""
    ip("netns", "del", SPACE)
    made = (
        ip("netns", "add", SPACE)
        and ip("link", "add", LINK, "type", "veth", "peer", "name", "far0", "netns", SPACE)
        and ip("addr", "add", f"{HERE}/24", "dev", LINK)
        and ip("link", "set", LINK, "up")
        and ip("-n", SPACE, "addr", "add", f"{THERE}/24", "dev", "far0")
        and ip("-n", SPACE, "link", "set", "far0", "up")
        and ip("-n", SPACE, "link", "set", "lo", "up")
    )
    if not made:
        ip("netns", "del", SPACE)
        pytest.skip("this machine makes no network namespaces")
    gigabit = ["tc", "qdisc", "add", "dev", LINK, "root", "tbf", "rate", "1gbit", "burst", "64k", "latency", "20ms"]
    subprocess.run(gigabit, capture_output=True, check=False)  # not every kernel can
    yield
    ip("netns", "del", SPACE)
    ip("link", "del", LINK)


@pytest.fixture
def start(monkeypatch):
    """Starts a process with all of its children; ends them in the end."""
    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "JAX_PLATFORMS": "cpu", "RAY_worker_niceness": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    started = []

    def start(output: Path, *words: str, cwd: Path = ROOT) -> subprocess.Popen:
        with output.open("w") as file:
            started.append(subprocess.Popen(words, cwd=cwd, stdout=file, stderr=file, start_new_session=True))
        return started[-1]

    yield start
    for process in reversed(started):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def steps(folder: Path) -> int:
    """Environment steps of the newest checkpoint."""
    names = [path.name for path in (folder / "checkpoints").glob("checkpoint_*")]
    return max((int(name.removeprefix("checkpoint_")) for name in names), default=0)


def wait(reached, process, output: Path, seconds: float) -> float:
    started = time.monotonic()
    while not reached():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() - started < seconds, output.read_text()
        time.sleep(0.05)
    return time.monotonic() - started


def test_a_network_that_is_cut_costs_the_node_behind_it_and_no_more(tmp_path, cache, network, start):
    """Two nodes, one behind the network: training goes on within 10 seconds more, and says who does not answer."""
    with socket.socket() as listening:
        listening.bind((HERE, 0))
        port = listening.getsockname()[1]
    at, logs = ["--address", f"{HERE}:{port}"], [tmp_path / name for name in ("head", "near", "far", "run")]
    head = ["--head", "--port", str(port), "--num-cpus", "0", "--include-dashboard", "false"]
    start(logs[0], str(RAY), "start", *head, "--node-ip-address", HERE, *NODE)
    deadline = time.monotonic() + 60
    while "Ray runtime started" not in logs[0].read_text():
        assert time.monotonic() < deadline, logs[0].read_text()
        time.sleep(0.2)
    start(logs[1], str(RAY), "start", *at, "--num-cpus", "1", "--node-ip-address", HERE, *NODE)
    far = ["ip", "netns", "exec", SPACE, str(RAY), "start", *at, "--num-cpus", "1", "--node-ip-address", THERE, *NODE]
    start(logs[2], *far)
    settings = [word for key, value in (SETTINGS | cache).items() for word in ("--set", f"{key}={value}")]
    train = [sys.executable, str(ROOT / "train.py"), "--config", "final", "--cluster", f"{HERE}:{port}", *settings]
    run = start(logs[3], *train, cwd=tmp_path)
    wait(lambda: "plays along: 2 now" in logs[3].read_text(), run, logs[3], 180)
    before = steps(tmp_path)
    usual = wait(lambda: steps(tmp_path) >= before + 256, run, logs[3], 60)
    assert ip("-n", SPACE, "link", "set", "far0", "down")
    before = steps(tmp_path)
    took = wait(lambda: steps(tmp_path) >= before + 256, run, logs[3], 60)
    print("usual", usual, "took", took)
    assert took < 10 + usual, "it waited for the node that is gone"
    told = ("has not answered for 10 s", "is lost", "has left")
    wait(lambda: any(text in logs[3].read_text() for text in told), run, logs[3], 60)
    before = steps(tmp_path)
    wait(lambda: steps(tmp_path) >= before + 256, run, logs[3], 30)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130, logs[3].read_text()
    assert "Traceback" not in logs[3].read_text()
