"""States made by hand, for tests of what a state means."""

import jax
import numpy as np
import pytest

from jaxrl.game.state import State


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
