"""An environment whose reports are kept."""

import pytest

from jaxrl.sim.rocketsim2.env import RocketSimEnv


@pytest.fixture
def reports():
    return []


@pytest.fixture
def make(make_spec, reports):
    """An environment that has been reset; each line that it reports goes to `reports`."""
    made = []

    def start(num_workers=2, num_groups=1, **changes):
        env = RocketSimEnv(make_spec(**{"num_envs": 4} | changes), num_workers, num_groups, reports.append)
        made.append(env)
        return env, env.reset().copy()

    yield start
    for env in made:
        env.close()
