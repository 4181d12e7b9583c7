"""Two real processes that learn as one, on this machine: they agree, resume, stop together, and one is lost."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.cli import ROOT, TINY, read_scalars, run
from support.launched import Launched

from jaxrl import load_policy
from jaxrl.training.hosts.meeting import GRACE_SECONDS, HEARTBEAT_SECONDS

pytestmark = pytest.mark.slow

SETTINGS = TINY | {"environment.num_envs": "4", "training.n_steps": "32", "training.total_timesteps": "700"}
LONG = SETTINGS | {"training.total_timesteps": "100000000", "evaluation.eval_freq": "100000000"}
MINUTES = 4


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Host(Launched):
    """`train.py --coordinator` in a process and a folder of its own."""

    def __init__(self, folder: Path, words: list[str], environment: dict[str, str] | None = None) -> None:
        folder.mkdir(exist_ok=True)
        command = [sys.executable, str(ROOT / "train.py"), "--config", str(ROOT / "configs/final.yaml"), *words]
        super().__init__(folder, command, environment)

    def end(self, seconds: float = 60 * MINUTES) -> int:
        """The exit code."""
        return self.process.wait(seconds)


@pytest.fixture
def launch():
    """Makes a `Host`; ends it in the end."""
    launched = []

    def launch(*arguments) -> Host:
        launched.append(Host(*arguments))
        return launched[-1]

    yield launch
    for host in launched:
        host.process.kill()
        host.process.wait()


@pytest.fixture
def start(launch):
    """Both hosts; with words that only the second has."""

    def start(folder: Path, settings: dict[str, str], *more: str, of_host_1: tuple[str, ...] = ()) -> list[Host]:
        words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        words += ["--coordinator", f"127.0.0.1:{free_port()}", "--num-hosts", "2", *more]
        own = (), of_host_1
        return [launch(folder / str(number), [*words, "--host", str(number), *own[number]]) for number in range(2)]

    return start


def wait(hosts: list[Host], reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60 * MINUTES
    while not reached():
        assert all(host.process.poll() is None for host in hosts), [host.text for host in hosts]
        assert time.monotonic() < deadline, [host.text for host in hosts]
        time.sleep(0.2)


@pytest.mark.parametrize("overlap", ["false", "true"])
def test_two_hosts_learn_what_one_with_two_devices_learns_and_any_number_goes_on(
    tmp_path, cache, monkeypatch, start, overlap
):
    """Parameters to 1e-5; then the checkpoint is restored by one host, and what that saves by two."""
    settings = SETTINGS | cache | {"training.overlap": overlap}
    hosts = start(tmp_path, settings)
    assert [host.end() for host in hosts] == [0, 0], [host.text for host in hosts]
    assert "2 x cpu on 2 hosts" in hosts[0].text
    assert "host 1 of 2: 2 arenas" in hosts[1].text
    assert [path.name for path in hosts[1].folder.iterdir()] == ["output"], "host 0 alone writes"
    (alone := tmp_path / "alone").mkdir()
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
    done = run(settings | {"accelerator.devices": "2"}, cwd=alone)
    assert done.returncode == 0, done.stderr
    expected, found = (np.load(folder / "checkpoints/final/policy.npz") for folder in (alone, hosts[0].folder))
    names = [name for name in expected.files if not name.startswith("test_")]
    for name in names:
        np.testing.assert_allclose(found[name], expected[name], 1e-5, 1e-5, err_msg=name)
    ours, theirs = read_scalars(hosts[0].folder / "logs"), read_scalars(alone / "logs")
    np.testing.assert_allclose(ours["reward/total_mean"], theirs["reward/total_mean"], 1e-4, 1e-6)
    assert ours["eval/mean_reward"]

    monkeypatch.delenv("XLA_FLAGS")
    one = run(settings | {"training.total_timesteps": "1000"}, "--resume", cwd=hosts[0].folder)
    assert one.returncode == 0, one.stderr
    again = start(tmp_path, settings | {"training.total_timesteps": "1300"}, "--resume")
    assert [host.end() for host in again] == [0, 0], [host.text for host in again]
    assert "resuming from checkpoints/final at 1,024" in again[0].text
    assert load_policy(hosts[0].folder / "checkpoints/final").description.env_steps == 1408


def test_a_signal_to_any_host_stops_all_after_the_same_update(tmp_path, cache, start):
    hosts = start(tmp_path, LONG | cache)
    wait(hosts, lambda: hosts[0].steps > 0)
    hosts[1].process.terminate()
    assert [host.end(60) for host in hosts] == [128 + signal.SIGTERM] * 2, [host.text for host in hosts]
    assert "stopped by SIGTERM on another host" in hosts[0].text
    assert "continue with:" in hosts[0].text
    assert load_policy(hosts[0].folder / "checkpoints/final").description.env_steps >= hosts[0].steps


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGKILL, 15), (signal.SIGSTOP, HEARTBEAT_SECONDS + 25)])
def test_a_host_that_dies_ends_the_others_with_a_line_and_a_checkpoint(tmp_path, cache, start, number, seconds):
    """Killed, its connections break; frozen, as a machine without power, only its heartbeat is missing."""
    hosts = start(tmp_path, LONG | cache)
    wait(hosts, lambda: hosts[0].steps > 0)
    os.kill(hosts[1].process.pid, number)
    died, before = time.monotonic(), hosts[0].steps
    assert hosts[0].end(120) == 1, hosts[0].text
    assert time.monotonic() - died < seconds + GRACE_SECONDS
    assert "Traceback" not in hosts[0].text
    told = [line for line in hosts[0].text.splitlines() if "is lost" in line]
    assert len(told) == 1, hosts[0].text
    assert "saved checkpoints/final" in told[0]
    assert load_policy(hosts[0].folder / "checkpoints/final").description.env_steps >= before


def test_followers_end_when_host_0_is_killed(tmp_path, cache, start):
    hosts = start(tmp_path, LONG | cache)
    wait(hosts, lambda: hosts[0].steps > 0)
    hosts[0].process.kill()
    assert hosts[1].end(HEARTBEAT_SECONDS + 30) != 0
    assert [path.name for path in hosts[1].folder.iterdir()] == ["output"]


def test_hosts_with_other_configs_do_not_start(tmp_path, cache, start):
    hosts = start(tmp_path, SETTINGS | cache, of_host_1=("--set", "training.gamma=0.9"))
    assert [host.end() for host in hosts] == [2, 2], [host.text for host in hosts]
    for host in hosts:
        assert "--host 1: its config is not that of host 0" in host.text
        assert "Traceback" not in host.text
    assert not (hosts[0].folder / "checkpoints").exists()


def test_slurm_tells_who_is_who(tmp_path, cache, launch):
    """As `srun` sets it: the first host of the list and a port from the number of the job are the coordinator's."""
    words = [word for key, value in (SETTINGS | cache).items() for word in ("--set", f"{key}={value}")]
    job = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_STEP_NODELIST": "localhost", "SLURM_NTASKS": "2"}
    hosts = [
        launch(
            tmp_path / str(n),
            [*words, "--coordinator", "auto"],
            job | {"SLURM_PROCID": str(n), "SLURM_LOCALID": str(n)},
        )
        for n in range(2)
    ]
    assert [host.end() for host in hosts] == [0, 0], [host.text for host in hosts]
    assert "2 x cpu on 2 hosts" in hosts[0].text
