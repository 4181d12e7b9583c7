"""A node behind a slow network, in its own namespace, and the cable that is cut. Needs root and the extra `ray`."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.cli import read_scalars
from support.ray_training import ENVIRONMENT, STORE, Training
from support.slow_link import HERE, THERE, is_possible, slow_link

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_possible(), reason="needs root and /dev/net/tun"),
]

NAMESPACE, PORT = "jaxrltest", 6399
ADDRESS = f"{HERE}:{PORT}"
RAY = str(Path(sys.executable).with_name("ray"))


def start_node(stack: ExitStack, address: str, *words: str, inside: str | None = None) -> None:
    """A node of Ray's with this address, until the end of the test."""
    where = ["ip", "netns", "exec", inside] if inside else []
    common = ["--block", "--node-ip-address", address, "--object-store-memory", str(STORE), "--disable-usage-stats"]
    node = subprocess.Popen(
        [*where, RAY, "start", *common, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | ENVIRONMENT,
        start_new_session=True,
    )
    stack.callback(node.wait)
    stack.callback(node.terminate)  # it ends the processes that it has started


def test_a_node_behind_a_slow_network_is_used_and_the_cut_costs_its_rollout_alone(tmp_path, cache, monkeypatch):
    """20 ms each way and 1 Gbit: the far node alone trains at first, then with one that is near, then it is gone."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with slow_link(NAMESPACE) as link, ExitStack() as stack:
        start_node(stack, HERE, "--head", "--port", str(PORT), "--num-cpus", "0", "--include-dashboard", "false")
        start_node(stack, THERE, "--address", ADDRESS, "--num-cpus", "1", inside=NAMESPACE)
        run = start(stack, tmp_path, cache)
        run.wait(lambda: "plays along: 1 now" in run.text, 180)
        run.wait_for_updates(2, 60)
        start_node(stack, HERE, "--address", ADDRESS, "--num-cpus", "1")
        run.wait(lambda: "plays along: 2 now" in run.text, 120)
        run.wait_for_updates(2, 60)
        link.kill()
        assert run.wait_for_updates(2, 90) < 10
        run.wait(lambda: "nobody waits for it" in run.text or "has left" in run.text or "is lost" in run.text, 90)
        run.wait_for_updates(2, 10)
        assert run.end() == 130
    assert max(value for _, value in read_scalars(run.folder / "logs")["cluster/nodes"]) == 2


def start(stack: ExitStack, folder: Path, cache: dict[str, str]) -> Training:
    """The learner, which is killed in the end if it did not end."""
    run = Training(folder, ADDRESS, cache)
    stack.callback(run.process.wait)
    stack.callback(run.process.kill)
    return run
