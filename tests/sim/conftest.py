"""Arenas in every physics."""

import pytest
from support.specs import sim_spec

from jaxrl.sim.engine import make_env


@pytest.fixture
def make_arenas(engine):
    """A function (num_workers=0, num_groups=1, **changes of the spec) -> arenas in `engine`, closed after the test."""
    made = []

    def make(num_workers=0, num_groups=1, **changes):
        made.append(make_env(engine, sim_spec(**changes), num_workers, num_groups))
        return made[-1]

    yield make
    for env in made:
        env.close()
