"""Real nodes of a real Ray cluster on this machine: they join, are killed, held up, and run other code."""

import os
import re
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from support.cli import ROOT, read_scalars
from support.ray_training import ENVIRONMENT, STORE, Training

from jaxrl.config.load import load_config
from jaxrl.training.build import sim_spec
from jaxrl.training.cluster.plan import Plan

pytest.importorskip("ray")
pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(monkeypatch):
    """A cluster whose head plays no part; nodes are added by the tests."""
    from ray.cluster_utils import Cluster

    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE}
    made = Cluster(initialize_head=True, head_node_args=head)
    yield made
    made.shutdown()


def add_node(cluster):
    return cluster.add_node(num_cpus=1, object_store_memory=STORE)


@pytest.fixture
def training(tmp_path, cluster, cache):
    started = []

    def start(*more: str) -> Training:
        started.append(Training(tmp_path, cluster.address, cache, *more))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def actors() -> list[psutil.Process]:
    """The processes of Ray's that collect."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any("ray::RolloutActor" in word for word in process.info["cmdline"] or []):
            found.append(process)
    return found


def test_a_node_that_joins_is_used_and_nothing_is_left_in_the_end(cluster, training):
    run = training()
    run.wait(lambda: "no rollout for 10 s: 0 nodes play along" in run.text, 120)
    add_node(cluster)
    run.wait_for_updates(2, 120)
    add_node(cluster)
    run.wait(lambda: "plays along: 2 now" in run.text, 60)
    run.wait_for_updates(3, 60)
    assert run.end() == 130
    scalars = read_scalars(run.folder / "logs")
    assert [value for _, value in scalars["cluster/nodes"]][-1] == 2
    assert all(value <= 2 for _, value in scalars["train/policy_lag"])
    deadline = time.monotonic() + 20
    while actors() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not actors()


def test_nodes_collect_longer_rollouts_when_a_stage_asks_for_them(tmp_path, cluster, training):
    """128 environment steps an update, 256 from the stage on: what nodes sent of the old length is not mixed in."""
    add_node(cluster)
    stage = "[{after: {speed: 1.0e-6}, training: {n_steps: 64, n_minibatches: 4}}]"
    run = training("--set", f"curriculum.stages={stage}")
    run.wait(lambda: "stage 1 of the curriculum begins at" in run.text, 120)
    run.wait_for_updates(8, 120)
    assert run.end() == 130, run.text
    steps = [step for step, _ in read_scalars(tmp_path / "logs")["train/loss"]]
    assert steps[0] == 128
    assert set(np.diff(steps)) == {256}


@pytest.mark.parametrize("what", ["actor", "node"])
def test_what_is_killed_costs_its_rollout_alone(cluster, training, what):
    nodes, run = [add_node(cluster), add_node(cluster)], training()
    run.wait(lambda: "plays along: 2 now" in run.text, 120)
    run.wait_for_updates(2, 60)
    if what == "actor":
        actors()[0].kill()
        run.wait(lambda: "is lost" in run.text, 30)
    else:
        cluster.remove_node(nodes[1], allow_graceful=False)
    assert run.wait_for_updates(2, 60) < 10
    if what == "actor":  # its node is there, and begins anew
        run.wait(lambda: run.text.count("plays along: 2 now") == 2, 60)
    else:
        run.wait(lambda: "has left; 1 go on" in run.text or "is lost" in run.text, 60)
    assert run.end() == 130


def test_a_slow_node_holds_nobody_up(cluster, training):
    add_node(cluster), add_node(cluster)
    run = training()
    run.wait(lambda: "plays along: 2 now" in run.text, 120)
    run.wait_for_updates(2, 60)
    slow = actors()[0]
    slow.suspend()
    try:
        assert run.wait_for_updates(3, 60) < 10
        run.wait(lambda: "has not answered for 10 s: nobody waits for it" in run.text, 30)
    finally:
        slow.resume()
    run.wait(lambda: "answers again" in run.text, 30)
    run.wait_for_updates(2, 30)
    assert run.end() == 130
    assert read_scalars(run.folder / "logs")["cluster/rollouts_dropped"][-1][1] >= 1


def test_a_node_with_other_code_is_left_out_in_a_line(cluster):
    """As if the learner had another version: a real actor on a real node says so, and is not asked again."""
    from jaxrl.training.cluster.members import Members

    add_node(cluster)
    config = load_config("final", ["environment.physics=rocketsim2"])
    plan = Plan(config, sim_spec(config), "rocketsim2", frozenset(), ("0123456789ab", "RocketSim 2 (0.0.0)"))
    lines: list[str] = []
    members = Members(cluster.address, plan, lines.append)
    try:
        deadline = time.monotonic() + 60
        while not lines and time.monotonic() < deadline:
            members.look()
            assert members.receive(0.1)[0] == []
        assert len(lines) == 1
        assert re.fullmatch(
            r"node \S+ \(\w{6}\) has \w{12} and RocketSim 2 \([\d.]+\), the learner 0123456789ab and "
            r"RocketSim 2 \(0.0.0\); 0 go on",
            lines[0],
        ), lines
        time.sleep(1.5)
        assert members.look() == []
        members.receive(0.5)
        assert len(lines) == 1
    finally:
        members.close()


def test_the_learner_is_killed_and_goes_on(cluster, training):
    add_node(cluster)
    run = training()
    run.wait_for_updates(3, 180)
    run.process.kill()
    run.process.wait()
    reached = run.steps
    again = training("--resume")
    again.wait(lambda: "resuming from" in again.text, 60)
    again.wait(lambda: again.steps >= reached + 256, 120)
    assert again.end() == 130


def test_no_cluster_is_a_line(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    words = [sys.executable, str(ROOT / "train.py"), "--config", "final", "--cluster", "127.0.0.1:1"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=os.environ)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "--cluster 127.0.0.1:1" in done.stderr
