"""How tests are run, and what many of them begin with: states made by hand, arenas, environments."""

import jax
import pytest
from support.engines import BOTH
from support.specs import sim_spec
from support.states import state

from jaxrl.sim.cores import available_cores
from jaxrl.sim.engine import make_env

MAX_PROCESSES = 8  # each with a JAX of its own


def pytest_configure(config):
    """Compile programs of several tests once, and not again in the next run; refuse silent changes of dtype.

    Fast tests compile without optimization, as JAX's own do: compiling was half of their time. Slow tests and every
    command in a process of its own have what users have.
    """
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_disable_most_optimizations", config.option.markexpr == "not slow")
    jax.config.update("jax_compilation_cache_dir", str(config.rootpath / ".cache" / "tests"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)


def pytest_xdist_auto_num_workers(config):
    """A process for each core, for the whole of the fast tests: a single file is there sooner without, and slow tests
    measure times and use all cores themselves."""
    whole = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    return min(available_cores(), MAX_PROCESSES) if whole and config.option.markexpr == "not slow" else 0


@pytest.fixture
def make_state():
    """A function (num_cars, lead=(), **fields) -> numpy State: zeros everywhere but in the named fields."""
    return state


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> dict[str, str]:
    """Settings for runs of train.py that share their compiled programs."""
    return {"accelerator.compile_cache": str(tmp_path_factory.mktemp("xla"))}


@pytest.fixture(params=BOTH)
def engine(request) -> str:
    """Every physics, one after the other; RocketSim 3 where it is installed."""
    return request.param


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
