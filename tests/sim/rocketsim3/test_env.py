"""What only RocketSim 3 does, or has to be asked for; skipped where the package in `native/` is not installed.

What it has in common with 2: tests/sim.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support.specs import sim_spec

from jaxrl.game.actions import ACTION_TABLE, EVERY_ACTION, NEUTRAL_ACTION, NUM_ACTIONS
from jaxrl.game.state import unpack

RocketSim3Env = pytest.importorskip("jaxrl.sim.rocketsim3.env").RocketSim3Env


@pytest.mark.parametrize("action", [-1, len(EVERY_ACTION)])
def test_an_action_that_does_not_exist_is_refused(action):
    with RocketSim3Env(sim_spec(num_envs=2), 1) as env:
        env.reset()
        with pytest.raises(ValueError, match=f"arena 0: there is no action {action}"):
            env.send(0, np.full((2, 2), action, np.int32))


def test_physics_alone_plays_every_decision():
    """800 decisions take much longer than one, and the cars have moved."""
    spec = sim_spec(num_envs=3)
    actions = np.random.default_rng(0).integers(0, NUM_ACTIONS, (800, 3, spec.num_cars), np.int32)
    with RocketSim3Env(spec, 2) as env:
        begin = unpack(env.reset().copy())
        one, many = env.time_physics(actions[:1], 2), env.time_physics(actions, 2)
        assert many > 20 * one > 0
        after = unpack(env.step(actions[0]).state)
        assert np.linalg.norm(after.position - begin.position, axis=-1).min() > 100
        with pytest.raises(ValueError, match="actions"):
            env.time_physics(actions + len(EVERY_ACTION), 2)


def test_a_car_that_never_flipped_can_pitch_at_once():
    """The pitch of a car is locked for 0.3 s after a flip; in the air it gains 12.46 rad/s each second otherwise.

    Of the 8 ticks of the first decision the action holds for 7.
    """
    nose_up = int(np.flatnonzero((ACTION_TABLE == [0, 0, 1, 0, 0, 0, 0, 0]).all(1))[0])
    with RocketSim3Env(sim_spec(start_states=(("support.hand_made_starts:in_the_air", 1.0),)), 1) as env:
        env.reset()
        state = unpack(env.step(np.array([[nose_up, NEUTRAL_ACTION]], np.int32)).state)
    assert np.linalg.norm(state.angular_velocity[0, 0]) == pytest.approx(12.46 * 7 / 120, rel=0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("num_groups", "nice"), [(1, 0), (2, 5)])
def test_threads_give_way_to_a_learner_that_runs_beside_them(num_groups, nice):
    """While it waits for a core nobody gets new actions; with one group of arenas they take turns."""

    def priorities():
        names = {int(file.parent.name): file.read_text() for file in Path("/proc/self/task").glob("*/comm")}
        return [os.getpriority(os.PRIO_PROCESS, thread) for thread, name in names.items() if "jaxrl-arenas" in name]

    mine = os.getpriority(os.PRIO_PROCESS, 0)
    expected = [min(mine + nice, 19)] * 2
    with RocketSim3Env(sim_spec(num_envs=4), 2, num_groups):
        deadline = time.monotonic() + 10  # it is the first thing that a thread does, when it comes to it
        while priorities() != expected and time.monotonic() < deadline:
            time.sleep(0.01)
        assert priorities() == expected
    assert os.getpriority(os.PRIO_PROCESS, 0) == mine
