"""Small simulations of real RocketSim arenas."""

import pytest

from jaxrl.sim.arena import ArenaBatch, Buffers, SimSpec
from jaxrl.sim.vec_env import RocketSimEnv


@pytest.fixture
def make_spec():
    """SimSpec of one 1v1 arena with long limits and kickoffs; keywords override."""

    def make(**changes):
        fields = {
            "num_envs": 1,
            "team_size": 1,
            "tick_skip": 8,
            "action_delay_ticks": 1,
            "max_episode_ticks": 36_000,
            "no_touch_ticks": 36_000,
            "start_states": (("kickoff", 1.0),),
            "seed": 0,
        }
        return SimSpec(**{**fields, **changes})

    return make


@pytest.fixture
def make_batch(make_spec):
    """An ArenaBatch in this process, already reset; `batch.buffers` holds what it reads and writes."""

    def make(**changes):
        spec = make_spec(**changes)
        buffers = Buffers.allocate(spec)
        batch = ArenaBatch(spec, buffers, 0, spec.num_envs)
        batch.reset()
        return batch

    return make


@pytest.fixture
def make_env(make_spec):
    """A RocketSimEnv with `num_workers` processes, closed after the test whatever happens."""
    made = []

    def make(num_workers, num_groups=1, **changes):
        made.append(RocketSimEnv(make_spec(**changes), num_workers, num_groups))
        return made[-1]

    yield make
    for env in made:
        env.close()
