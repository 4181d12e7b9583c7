"""Worker processes: cores, signals, clear errors, and nothing left behind. What they play: tests/sim."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from support.shared_memory import shared_files
from support.states import ROW

from jaxrl.errors import SimulationError
from jaxrl.game.state import unpack
from jaxrl.sim.cores import available_cores, max_workers


def is_running(pid):
    """Whether a process exists and is not merely waiting for its parent to notice its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_groups_are_stepped_side_by_side(make_env):
    """`send` does not wait: with the workers stopped, both groups can be commanded."""
    env = make_env(2, num_groups=2, num_envs=4)
    state = env.reset().copy()
    for pid in env.worker_pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        for group in (0, 1):
            env.send(group, np.full((2, 2), 18))
    finally:
        for pid in env.worker_pids:
            os.kill(pid, signal.SIGCONT)
    for group in (1, 0):
        members = env.groups[group]
        step = env.receive(group)
        assert step.state.shape == (2, ROW)
        moved = unpack(step.state).position[:, 0] != unpack(state[members]).position[:, 0]
        assert moved.any(axis=1).all()


def test_a_core_for_each_worker(make_env):
    """As many workers as cores: one each. Fewer: wherever there is room."""
    cores = os.sched_getaffinity(0)
    env = make_env(len(cores), num_envs=len(cores))
    assert [os.sched_getaffinity(pid) for pid in env.worker_pids] == [{core} for core in sorted(cores)]
    if len(cores) > 1:
        assert os.sched_getaffinity(make_env(1, num_envs=2).worker_pids[0]) == cores


def test_no_more_workers_than_arenas(make_env):
    assert len(make_env(3, num_envs=2).worker_pids) == 2
    assert make_env(0).worker_pids == []
    assert len(make_env(3, num_groups=2, num_envs=4).worker_pids) == 2, "each has arenas of every group"
    assert max_workers(64, num_envs=32, num_groups=2) == 16
    assert 1 <= available_cores() <= os.cpu_count()


def test_signals_to_the_group_are_left_to_the_learner(make_env):
    """A terminal sends them to all processes; the workers must live on until the learner has saved its work."""
    env = make_env(2, num_envs=2)
    env.reset()
    pids = env.worker_pids
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for pid in pids:
            os.kill(pid, number)
        time.sleep(0.1)
        assert env.step(np.full((2, 2), 8)).state.shape == (2, ROW)
    assert (env.worker_pids, env.workers_replaced) == (pids, 0)


@pytest.fixture
def user_starts(tmp_path, monkeypatch):
    """The user's own start states, importable here and in workers as `my_starts`."""
    (tmp_path / "my_starts.py").write_text(
        "import sys\n"
        "def broken(rng, team_size):\n    raise ValueError('no ball today')\n"
        "def broken_at_length(rng, team_size):\n    raise ValueError('no ball\\ntoday')\n"
        "def tell_whether_jax(rng, team_size):\n    raise RuntimeError(f\"jax imported: {'jax' in sys.modules}\")\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("user_starts")
@pytest.mark.parametrize("function", ["broken", "broken_at_length"])
def test_an_error_in_a_worker_is_told_in_one_line(make_env, function):
    env = make_env(1, start_states=((f"my_starts:{function}", 1.0),))
    named = (
        rf"(?s)jaxrl-worker-0 stopped: start state 'my_starts:{function}': ValueError: no ball.today \(.*, line \d\)"
    )
    with pytest.raises(SimulationError, match=named) as error:
        env.reset()
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("user_starts")
def test_a_start_state_that_is_missing_in_a_worker_is_named(make_env):
    with pytest.raises(SimulationError, match="my_starts has no function kickof"):
        make_env(1, start_states=(("my_starts:kickof", 1.0),))


@pytest.mark.usefixtures("user_starts")
def test_a_worker_does_not_import_jax(make_env):
    """Law 2: it would make every worker slow to start and large; the parent has JAX, as a trainer has."""
    assert jax.__name__ in sys.modules
    env = make_env(1, start_states=(("my_starts:tell_whether_jax", 1.0),))
    assert "jaxlib" not in Path(f"/proc/{env.worker_pids[0]}/maps").read_text()
    with pytest.raises(SimulationError, match="jax imported: False"):
        env.reset()


def test_close_ends_everything_and_may_be_called_again(make_env):
    env = make_env(2, num_envs=2)
    env.reset()
    pids = env.worker_pids
    assert shared_files([os.getpid(), *pids]) == set(), "nothing has a name, which could be left behind"
    env.close()
    assert not any(map(is_running, pids))
    env.close()


PARENT = """
import time
from jaxrl.sim.spec import SimSpec
from jaxrl.sim.rocketsim2.env import RocketSimEnv

if __name__ == "__main__":
    spec = SimSpec(
        num_envs=2, team_size=1, tick_skip=8, action_delay_ticks=1, max_episode_ticks=3600, no_touch_ticks=3600,
        start_states=(("kickoff", 1.0),), seed=0,
    )
    env = RocketSimEnv(spec, num_workers=2)
    env.reset()
    print(*env.worker_pids, flush=True)
    time.sleep(60)
"""


def test_workers_end_when_their_parent_is_killed(tmp_path):
    """SIGKILL leaves the parent no time to tell them."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert shared_files([parent.pid, *pids]) == set()
        assert len(pids) == 2
        assert all(map(is_running, pids))
        parent.kill()
    try:
        assert wait_until(lambda: not any(map(is_running, pids)), seconds=5)
    finally:
        for pid in filter(is_running, pids):
            os.kill(pid, signal.SIGKILL)
