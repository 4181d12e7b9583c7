"""Which physics this machine has, and the one door to it: `make_env`."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from jaxrl.errors import UserError
from jaxrl.game.physics import Engine, Physics
from jaxrl.sim.grouped_env import GroupedEnv
from jaxrl.sim.rocketsim3.module import versions, why_not
from jaxrl.sim.spec import SimSpec
from jaxrl.streams import note

KEY = "environment.physics"
NAMES: dict[Engine, str] = {"rocketsim2": "RocketSim 2", "rocketsim3": "RocketSim 3"}
INSTALL = "in a checkout: uv sync --extra native --reinstall-package jaxrl-physics, or pip install ./native"


def make_env(
    physics: Physics,
    spec: SimSpec,
    num_workers: int,
    num_groups: int = 1,
    report: Callable[[str], None] = note,
) -> GroupedEnv:
    """Start the arenas of `spec` in `num_groups` groups.

    `num_workers` processes step them in RocketSim 2, 0 = this one; in RocketSim 3 as many threads of this process, at
    least one. Their number never changes a result. What goes wrong and is put right is told to `report` in a line.
    Raises UserError where that physics is not installed, SimulationError where it cannot start.
    """
    # only the physics that is played is imported: workers of RocketSim 2 take a second to start, 3 needs none
    if resolve(physics) == "rocketsim3":
        from jaxrl.sim.rocketsim3.env import RocketSim3Env

        return RocketSim3Env(spec, num_workers, num_groups)
    from jaxrl.sim.rocketsim2.env import RocketSimEnv

    return RocketSimEnv(spec, num_workers, num_groups, report)


def resolve(physics: Physics, key: str = KEY) -> Engine:
    """The engine that the key of a config, or an option, means here.

    `auto` is RocketSim 3 where it is installed, otherwise RocketSim 2. Raises UserError where RocketSim 3 is asked for
    and missing, and where what is installed is of another version.
    """
    if physics == "rocketsim2":
        return physics
    problem = why_not()
    if problem is None:
        return "rocketsim3"
    if physics == "auto" and problem.is_missing:
        return "rocketsim2"
    raise UserError(f"{key} {physics}: {problem.text}; {INSTALL}; rocketsim2 does without")


def engine_for(trained_in: Physics, report: Callable[[str], None] = note) -> Engine:
    """The engine in which a bot that was trained in `trained_in` plays here: the same, if it is installed."""
    problem = None if trained_in == "rocketsim2" else why_not()
    if trained_in == "rocketsim3" and problem is not None:
        report(f"the bot was trained in {NAMES[trained_in]}, and plays in {NAMES['rocketsim2']}: {problem.text}")
    return "rocketsim2" if trained_in == "rocketsim2" or problem is not None else "rocketsim3"


def settle(wanted: Physics, stored: Physics | None, report: Callable[[str], None] = note) -> Engine:
    """The engine of a run that a config describes, and that continues one in `stored` if that is not None.

    `auto` keeps the physics of the run that is continued; a change is told to `report`. Raises UserError, see
    `resolve`.
    """
    if wanted == "auto" and stored not in (None, "auto"):
        return engine_for(stored, report)
    engine = resolve(wanted)
    if stored not in (None, "auto", engine):
        report(f"{KEY}: {stored} -> {engine}: the run goes on in another physics")
    return engine


def describe(engine: Engine) -> str:
    """`RocketSim 3 (0.3.4, jaxrl-physics 0.1.0)`: an engine that is installed here, with its versions."""
    if engine == "rocketsim3":
        return "{} ({}, jaxrl-physics {})".format(NAMES[engine], *versions())
    try:
        return f"{NAMES[engine]} ({version('rocketsim')})"
    except PackageNotFoundError:
        return NAMES[engine]
