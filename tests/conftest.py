"""States made by hand, for tests of what a state means."""

import jax
import numpy as np
import pytest

from jaxrl.game.state import State
from jaxrl.sim.rocketsim2.arena import ArenaBatch
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.spec import Buffers, SimSpec


def pytest_configure(config):
    """Programs that several tests compile are compiled once, and not again by the next run of the suite."""
    jax.config.update("jax_compilation_cache_dir", str(config.rootpath / ".cache" / "tests"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)


@pytest.fixture
def make_state():
    """A function (num_cars, lead=(), **fields) -> numpy State: zeros everywhere but in the named fields."""

    def make(num_cars, lead=(), **fields):
        arena = {"score": 2, "pads": 34, "ball_position": 3, "ball_velocity": 3, "ball_angular_velocity": 3}
        vectors = ("position", "forward", "up", "velocity", "angular_velocity")
        shapes = {
            name: (arena[name],) if name in arena else (num_cars, 3) if name in vectors else (num_cars,)
            for name in State._fields
        }
        assert set(fields) <= set(shapes)
        return State(
            **{
                name: np.broadcast_to(np.asarray(fields.get(name, 0), np.float32), (*lead, *shape)).copy()
                for name, shape in shapes.items()
            }
        )

    return make


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> dict[str, str]:
    """Settings for runs of train.py that share their compiled programs."""
    return {"accelerator.compile_cache": str(tmp_path_factory.mktemp("xla"))}


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
