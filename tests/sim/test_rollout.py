"""What the host loop records, on a probe whose every state is known in advance."""

import time

import numpy as np
import pytest
from support.envs import Probe, zeros
from support.specs import sim_spec

from jaxrl.sim.engine import make_env
from jaxrl.sim.rollout import Collector, uniforms_for


def counting(state, actions):
    """Counts up; ends at 5."""
    return state + 1, state == 4


def collector(limit=1_000_000, slots=8, n_steps=12):
    return Collector(Probe(2, zeros, counting, limit), n_steps, num_cars=1, final_state_slots=slots, seed=3)


def choose(states, uniforms):
    return (uniforms * 10).astype(np.int32)


def test_states_ends_and_final_states():
    """0 1 2 3 4 | 0 1 2 3 4 | 0 1 with a last state of 5 each, which is never in `states`."""
    rollout = collector().collect(choose, 0)
    np.testing.assert_array_equal(rollout.states[:, 0, 0], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2])
    np.testing.assert_array_equal(np.flatnonzero(rollout.terminated[:, 1]), [4, 9])
    assert not rollout.truncated.any()
    np.testing.assert_array_equal(rollout.final_states[:4, 0], [5, 5, 5, 5])
    np.testing.assert_array_equal(rollout.final_index[:4], [(4, 0), (4, 1), (9, 0), (9, 1)])
    np.testing.assert_array_equal(rollout.final_index[4:, 0], 12)  # unused: outside of the rollout


def test_truncation_is_kept_apart():
    """A limit of 3 decisions: cut off, never terminated."""
    rollout = collector(limit=3).collect(choose, 0)
    assert not rollout.terminated.any()
    np.testing.assert_array_equal(np.flatnonzero(rollout.truncated[:, 0]), [2, 5, 8, 11])
    np.testing.assert_array_equal(rollout.final_states[:8, 0], 3)


def test_episodes_run_on_into_the_next_rollout():
    """The second rollout starts with the state the first one ended in."""
    both = collector()
    last = both.collect(choose, 0).states[-1].copy()
    np.testing.assert_array_equal(both.collect(choose, 1).states[0], last)


@pytest.mark.parametrize(("slots", "expected"), [(4, 4), (3, 6), (1, 4)])
def test_more_ends_than_slots_double_the_buffer(slots, expected):
    """Four episodes end; a larger buffer stays for the next rollout."""
    small = collector(slots=slots)
    for update in range(2):
        rollout = small.collect(choose, update)
        assert rollout.final_states.shape[0] == rollout.final_index.shape[0] == expected


def test_rollouts_become_longer_and_episodes_run_on():
    """Four decisions, then eight: as one of twelve, but for whose random numbers those are; room for ends grows."""
    growing = collector(slots=3, n_steps=4)

    def idle(states, uniforms):
        return np.zeros((2, 1), np.int32)

    whole = collector().collect(idle, 0)

    first = growing.collect(idle, 0)
    assert first.states.shape[0] == 5
    last = first.states[-1].copy()
    growing.set_n_steps(8)
    second = growing.collect(idle, 1)
    assert second.states.shape[0] == second.actions.shape[0] + 1 == 9
    np.testing.assert_array_equal(second.states[0], last)
    np.testing.assert_array_equal(second.states, whole.states[4:])
    np.testing.assert_array_equal(second.terminated, whole.terminated[4:])
    assert len(second.final_index) == 6
    growing.set_n_steps(4)
    third = growing.collect(idle, 2)
    assert third.states.shape[0] == 5
    np.testing.assert_array_equal(third.states[0], second.states[-1])


def test_random_numbers_are_keyed_by_seed_and_update():
    """Not by what was drawn before: a resumed run draws what the unbroken one would have drawn."""
    actions = [collector().collect(choose, update).actions.copy() for update in (7, 7, 8)]
    np.testing.assert_array_equal(actions[0], actions[1])
    assert not np.array_equal(actions[0], actions[2])
    uniforms = uniforms_for(3, 7, (12, 2, 1))
    np.testing.assert_array_equal(actions[0], (uniforms * 10).astype(np.int32))
    assert uniforms.min() >= 0
    assert uniforms.max() < 1


@pytest.mark.parametrize("num_workers", [0, 2])
def test_two_groups_record_what_one_group_does(engine, num_workers):
    """Real arenas with resets: the same states, ends and final states, in the same places."""
    spec = sim_spec(num_envs=6, max_episode_ticks=160, no_touch_ticks=160, start_states=(("near_ball", 1.0),), seed=4)
    rollouts = []
    for num_groups in (1, 2):
        with make_env(engine, spec, num_workers, num_groups) as env:
            collect = Collector(env, n_steps=30, num_cars=2, final_state_slots=32, seed=1)
            rollout = collect.collect(lambda states, uniforms: (uniforms * 90).astype(np.int32), 0)
            rollouts.append([array.copy() for array in rollout if array is not None])
    assert rollouts[0][3].sum() >= 6, "nothing was truncated"
    for one, two in zip(*rollouts, strict=True):
        np.testing.assert_array_equal(one, two)


def share_of_physics(engine, num_workers, seconds):
    """Of the time of a rollout in 64 real arenas, with a policy that takes so many seconds."""

    def choose(states, uniforms):
        time.sleep(seconds)
        return (uniforms * 90).astype(np.int32)

    with make_env(engine, sim_spec(num_envs=64, seed=4), num_workers, num_groups=2) as env:
        collect = Collector(env, n_steps=15, num_cars=2, final_state_slots=32, seed=1)
        collect.collect(choose, 0)  # arenas warm up
        started, before = time.perf_counter(), collect.physics_seconds
        collect.collect(choose, 1)
        return (collect.physics_seconds - before) / (time.perf_counter() - started)


@pytest.mark.parametrize("num_workers", [0, 1])
def test_with_a_quick_policy_it_stands_still_for_physics(engine, num_workers):
    assert share_of_physics(engine, num_workers, 0.0) > 0.5


def test_physics_behind_a_slow_policy_is_not_waited_for():
    """32 arenas take some 4 ms a decision: nothing is left of them when a worker had the policy's 30 ms for them."""
    here, aside = (share_of_physics("rocketsim2", num_workers, 0.03) for num_workers in (0, 1))
    assert aside < here / 2
    assert here < 0.5
