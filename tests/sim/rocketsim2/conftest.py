"""Arenas of RocketSim 2: some in this process, some in workers, and what these report."""

import pytest
from support.specs import sim_spec

from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.spec import Buffers


@pytest.fixture
def make_batch():
    """An ArenaBatch in this process, already reset; `batch.buffers` holds what it reads and writes."""

    def make(**changes):
        spec = sim_spec(**changes)
        buffers = Buffers.allocate(spec)
        batch = ArenaBatch(spec, buffers, 0, spec.num_envs)
        batch.reset()
        return batch

    return make


@pytest.fixture
def make_env():
    """A RocketSimEnv with `num_workers` processes, closed after the test whatever happens."""
    made = []

    def make(num_workers, num_groups=1, **changes):
        made.append(RocketSimEnv(sim_spec(**changes), num_workers, num_groups))
        return made[-1]

    yield make
    for env in made:
        env.close()


@pytest.fixture
def reports():
    return []


@pytest.fixture
def make(reports):
    """An environment that has been reset; each line that it reports goes to `reports`."""
    made = []

    def start(num_workers=2, num_groups=1, **changes):
        env = RocketSimEnv(sim_spec(**{"num_envs": 4} | changes), num_workers, num_groups, reports.append)
        made.append(env)
        return env, env.reset().copy()

    yield start
    for env in made:
        env.close()
