"""Start states that hang, end their worker, fail later than in the first draws or break the physics are named."""

import re

import numpy as np
import pytest

from jaxrl.errors import SimulationError
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2 import worker_pool as workers

LATER = """
import os, time
import numpy as np

def near(rng, team_size):
    return None

def hangs(rng, team_size):
    time.sleep(60)

def leaves(rng, team_size):
    os._exit(3)

def fails(rng, team_size):
    return 7
"""


def steps(env, count):
    for _ in range(count):
        env.step(np.zeros((env.num_envs, 2), np.int32))


@pytest.fixture
def stage_of_start_states(tmp_path, monkeypatch, make):
    """A function of a start state that makes an environment whose next episodes begin with it."""
    (tmp_path / "later_starts.py").write_text(LATER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(workers, "STEP_TIMEOUT_SECONDS", 2.0)

    def start(function):
        starts = (("later_starts:near", 1.0), (f"later_starts:{function}", 0.0))
        env, _ = make(num_workers=1, start_states=starts, max_episode_ticks=16)
        env.set_start_weights([0, 1])
        return env

    return start


@pytest.mark.parametrize("num_workers", [0, 1])
def test_a_start_state_of_which_nothing_comes_is_named(make, num_workers):
    """Finite numbers that RocketSim 2 cannot simulate (3 limits them): no reason to rebuild arenas for ever."""
    starts = (("kickoff", 1.0), ("support.hand_made_starts:too_fast", 1.0))
    env, _ = make(num_workers, num_envs=1, start_states=starts, max_episode_ticks=16)
    message = "start state 'support.hand_made_starts:too_fast': the physics produced NaN in 20 of its episodes in a row"
    with pytest.raises(SimulationError, match=message):
        steps(env, 200)


@pytest.mark.filterwarnings("error")
def test_a_speed_beyond_all_numbers_is_no_warning_at_the_start(make):
    """Nor in what contacts of later starts are."""
    starts = (("support.hand_made_starts:car_too_fast", 1.0), ("support.hand_made_starts:two_poses", 0.0))
    env, first = make(0, num_envs=1, start_states=starts)
    assert unpack(first[0]).supersonic.tolist() == [1, 0]
    env.set_start_weights([0, 1])
    second = unpack(env.reset()[0])
    assert second.supersonic.tolist() == [0, 0]
    assert (second.wheels_in_contact == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("hangs", r"jaxrl-worker-0 \(pid \d+\) did not answer within 2 s"),
        ("leaves", r"jaxrl-worker-0 died \(exit code 3\)"),
    ],
)
def test_a_start_state_that_a_worker_is_lost_in_is_named(stage_of_start_states, reports, function, reason):
    """In the first line, and in the last; one that is lost again before it has started its episodes is one more."""
    env = stage_of_start_states(function)
    named = f"{reason} in start state 'later_starts:{function}'"
    with pytest.raises(SimulationError, match=f"{named}, the 5th worker lost in a short time: giving up"):
        steps(env, 3)
    assert len(reports) == 4
    for line in reports:
        assert re.fullmatch(f"{named}: replaced; its 4 arenas start new episodes", line)


def test_a_start_state_that_fails_later_is_named(stage_of_start_states, reports):
    env = stage_of_start_states("fails")
    with pytest.raises(SimulationError, match="jaxrl-worker-0 stopped: start state 'later_starts:fails': int without"):
        steps(env, 3)
    assert reports == []
