"""Workers that are killed or hang for real are replaced and counted, and their arenas restarted."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from jaxrl.errors import SimulationError
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2 import worker_pool as workers

FORWARD = 18
SLOW_TURNS = ("0", "0 1 0", "0 1 0 1")


def lose(env, worker, number):
    pid = env.worker_pids[worker]
    os.kill(pid, number)
    return pid


def gone(pid):
    return not Path(f"/proc/{pid}").exists()


def step(env):
    return env.step(np.full((env.num_envs, 2), FORWARD, np.int32))


def steps(env, count):
    for _ in range(count):
        step(env)


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGSEGV, marks=pytest.mark.slow)])
def test_a_killed_worker_is_replaced_within_seconds(make, reports, number):
    env, _ = make()
    before = step(env).state.copy()
    pid = lose(env, 0, number)
    started = time.monotonic()
    result = step(env)
    assert time.monotonic() - started < 8  # it imports RocketSim and makes its arenas again
    assert reports == [f"jaxrl-worker-0 died (exit code -{number}): replaced; its 2 arenas start new episodes"]
    assert env.workers_replaced == 1
    assert gone(pid)
    # arenas 0 and 1 were its own: cut off where they were, and at a kickoff again
    assert result.truncated.tolist() == [True, True, False, False]
    assert not result.terminated.any()
    np.testing.assert_array_equal(result.final_state[:2], before[:2])
    fresh = unpack(result.state[:2])
    assert (fresh.ball_position[:, :2] == 0).all()
    assert (np.abs(fresh.velocity) < 50).all()
    assert (np.abs(unpack(result.state[2:]).velocity).max(axis=(1, 2)) > 100).all(), "the others drive on"
    for _ in range(3):
        result = step(env)
    assert not result.truncated.any()
    assert (np.abs(unpack(result.state).velocity).max(axis=(1, 2)) > 100).all()


@pytest.mark.slow
def test_a_worker_killed_before_it_has_started_is_one_more(make, reports):
    """The third takes over; nothing ends."""
    env, _ = make()
    killed = [lose(env, 0, signal.SIGKILL)]

    def kill_the_next():
        while env.worker_pids[0] in killed:
            time.sleep(0.001)
        killed.append(lose(env, 0, signal.SIGKILL))

    thread = threading.Thread(target=kill_the_next)
    thread.start()
    assert step(env).truncated.tolist() == [True, True, False, False]
    thread.join()
    died = "jaxrl-worker-0 died (exit code -9)"
    ends = ": replaced; its 2 arenas start new episodes"
    assert reports == [f"{died}{ends}", f"{died} while it started{ends}"]
    assert env.workers_replaced == 2
    assert gone(killed[1])
    assert not step(env).truncated.any()


def test_a_worker_that_hangs_is_replaced(make, reports, monkeypatch):
    monkeypatch.setattr(workers, "STEP_TIMEOUT_SECONDS", 2.0)
    env, _ = make()
    step(env)
    pid = lose(env, 1, signal.SIGSTOP)
    result = step(env)
    assert reports == [
        f"jaxrl-worker-1 (pid {pid}) did not answer within 2 s: replaced; its 2 arenas start new episodes"
    ]
    assert gone(pid)
    assert result.truncated.tolist() == [False, False, True, True]


@pytest.mark.parametrize("turns", ["0 1", *(pytest.param(turns, marks=pytest.mark.slow) for turns in SLOW_TURNS)])
def test_with_two_groups_every_arena_is_accounted_for(make, turns):
    """However far the turns had got: each lost arena is cut off exactly once, with the state it had."""
    env, first = make(num_groups=2, num_envs=8)
    known, cut = first.copy(), []

    def send(group):
        env.send(group, np.full((4, 2), FORWARD, np.int32))

    def receive(group):
        result, members = env.receive(group), env.groups[group]
        ended = result.truncated.copy()
        np.testing.assert_array_equal(result.final_state[ended], known[members][ended])
        known[members] = result.state
        cut.extend(members.start + np.flatnonzero(ended))

    # as a rollout does: a group is received right before its next command, and all of them at the end
    before, order = [int(group) for group in turns.split()], [0, 1] * 6
    on_the_way = []
    for number, group in enumerate(order):
        if number == len(before):
            lose(env, 0, signal.SIGKILL)
        if group in on_the_way:
            receive(group)
            on_the_way.remove(group)
        send(group)
        on_the_way.append(group)
    for group in on_the_way:
        receive(group)
    for group in (0, 1):  # the next rollout
        send(group)
        receive(group)
    assert sorted(cut) == [0, 1, 4, 5], "arenas of the first worker in both groups"
    assert (np.abs(unpack(known).velocity).max(axis=(1, 2)) > 50).all()


@pytest.mark.slow
def test_a_loss_noticed_at_the_end_of_a_rollout(make):
    """Both groups are on their way; the worker dies after it has done its part of the first."""
    env, _ = make(num_groups=2, num_envs=8)
    for group in (0, 1):
        env.send(group, np.full((4, 2), FORWARD, np.int32))
    assert not env.receive(0).truncated.any()
    lose(env, 0, signal.SIGKILL)
    time.sleep(0.2)
    cut = [env.receive(1).truncated.sum()]
    for group in (0, 1, 0, 1):
        env.send(group, np.full((4, 2), FORWARD, np.int32))
        cut.append(env.receive(group).truncated.sum())
    # it may have done its part of the second group, too, before it died: then nothing was lost there but the arenas
    assert cut in ([2, 2, 0, 0, 0], [0, 2, 2, 0, 0])


def test_a_goal_is_not_hidden_by_a_loss_in_the_other_group(make):
    """`step` gives one result for both groups: the command of the first stands when a worker dies in the second."""
    env, _ = make(
        num_workers=1, num_groups=2, num_envs=2, start_states=(("support.hand_made_starts:shot_by_blue", 1.0),)
    )
    score, goals = 0, 0
    for _ in range(4):
        receive = env.receive

        def and_lose(group, receive=receive):
            result = receive(group)
            if group == 0 and result.terminated.any():
                lose(env, 0, signal.SIGKILL)
            return result

        env.receive = and_lose
        result = step(env)
        env.receive = receive
        goals += int(result.terminated[0])
        if result.terminated[0]:
            score = result.final_state[0, 0]
            break
    assert (goals, score) == (1, 1)


def test_a_worker_lost_between_resets(make, reports):
    """An evaluation resets its arenas each time: nothing is left of the loss."""
    env, _ = make()
    lose(env, 0, signal.SIGKILL)
    env.reset()
    assert len(reports) == 1
    assert not step(env).truncated.any()


@pytest.mark.slow
def test_start_weights_outlive_a_worker(make):
    """What the curriculum has set holds for the arenas of the new worker, too."""
    starts = (("support.hand_made_starts:in_a_row", 1.0), ("support.hand_made_starts:two_poses", 0.0))
    env, first = make(start_states=starts)
    assert (unpack(first).position[:, 0, 0] == 0).all()
    env.set_start_weights([0, 1])
    lose(env, 0, signal.SIGKILL)
    result = step(env)
    assert (unpack(result.state[:2]).position[:, 0, 0] == -2048).all()


@pytest.mark.slow
def test_new_episodes_are_not_those_played_before(make):
    """Start states are keyed by arena and episode: the new worker uses other keys."""
    env, first = make(start_states=(("random", 1.0),))
    lose(env, 0, signal.SIGKILL)
    again = step(env).state[:2]
    assert np.abs(unpack(again).position - unpack(first[:2]).position).max() > 100


@pytest.mark.slow
def test_too_many_lost_workers_end_it(make, reports):
    env, _ = make(num_workers=1)
    for _ in range(4):
        lose(env, 0, signal.SIGKILL)
        step(env)
    lose(env, 0, signal.SIGKILL)
    with pytest.raises(SimulationError, match=r"died \(exit code -9\), the 5th worker lost in a short time: giving up"):
        step(env)
    assert len(reports) == 4
    pids = env.worker_pids
    env.close()
    assert all(map(gone, pids))
