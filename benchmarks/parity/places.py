"""Where cars begin in both engines, how often each place is drawn, and how far pads reach."""

import numpy as np

from benchmarks.parity.play import Engine, play, three, two
from benchmarks.parity.scenario import Body, Scenario, drive
from benchmarks.parity.scenarios import CARS
from jaxrl.game.state import unpack
from jaxrl.sim.spec import kickoff_spec

KICKOFFS = 500
DEMOLITIONS = 100
PASSES = 90


def print_places() -> None:
    """Print a table of the places at kickoffs (of blue) and after demolitions (of orange), with shares and boost."""
    print(f"\n**Where cars begin**: share of {KICKOFFS} kickoffs, and of {DEMOLITIONS} demolitions\n")
    print("| | x, y in uu | yaw in degrees | boost | in 2 | in 3 |\n|---|---|---|---|---|---|")
    demolition = next(scenario for scenario in CARS if scenario.name == "demolition")
    for title, counted in (("kickoff", kickoffs), ("respawn", lambda engine: respawns(engine, demolition))):
        old, new = counted(two), counted(three)
        for place in sorted(old.keys() | new.keys()):
            shares = [f"{places.get(place, 0) / max(sum(places.values()), 1):.0%}" for places in (old, new)]
            x, y, yaw, boost = place
            print(f"| {title} | {x}, {y} | {yaw} | {boost} | {' | '.join(shares)} |")


def print_reach() -> None:
    """Print how far to the side of a pad's center a car on the ground can pass and still take it."""
    print(f"\n**How far pads reach**: farthest to the side that a pad is taken in {PASSES} passes, uu\n")
    print("| pad | RocketSim 2 | RocketSim 3 |\n|---|---|---|")
    for name, x, y in (("small", 0.0, -1024.0), ("large", -3584.0, 0.0)):
        car = Body(((x + 90.0, x + 270.0), y - 500.0, 17.0), speed=1200.0)
        passing = Scenario(f"pass a {name} pad", car, ((0.0, drive(1)),), boost=0.0, seconds=1.0)
        print(f"| {name} | {' | '.join(f'{reach(engine, passing, x):.0f}' for engine in (two, three))} |")


def reach(engine: Engine, passing: Scenario, x: float) -> float:
    """The farthest to the side of `x` that a car took a pad, uu."""
    states, _ = play(engine, passing, PASSES)
    taken = states.boost[:, :, 0].max(axis=0) > 0
    return float(states.position[0, taken, 0, 0].max(initial=x) - x)


def kickoffs(engine: Engine) -> dict[tuple[int, ...], int]:
    """How often blue's car begins at each place: {(x, y, yaw, boost): count}."""
    with engine(kickoff_spec(KICKOFFS, 1, 8, 0, seed=0)) as env:
        state = unpack(env.reset())
    return _counted(state.position[:, 0], state.forward[:, 0], state.boost[:, 0])


def respawns(engine: Engine, demolition: Scenario) -> dict[tuple[int, ...], int]:
    """How often orange's car is at each place after it was demolished."""
    states, _ = play(engine, demolition, DEMOLITIONS)
    back = (states.demoed[1:, :, 1] < 0.5) & (states.demoed[:-1, :, 1] > 0.5)
    which = np.flatnonzero(back.any(axis=0))
    ticks = back.argmax(axis=0)[which] + 1
    car = (states.position, states.forward, states.boost)
    return _counted(*(values[ticks, which, 1] for values in car))


def _counted(position: np.ndarray, forward: np.ndarray, boost: np.ndarray) -> dict[tuple[int, ...], int]:
    yaw = np.degrees(np.arctan2(forward[:, 1], forward[:, 0])).round() % 360
    places = np.column_stack([position[:, :2].round(), yaw, boost.round()]).astype(int)
    found, counts = np.unique(places, axis=0, return_counts=True)
    return {tuple(place): int(count) for place, count in zip(found.tolist(), counts, strict=True)}
