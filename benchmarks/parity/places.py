"""Where cars begin: kickoffs and respawns of both engines, and how often each place is drawn."""

import numpy as np

from benchmarks.parity.play import Engine, play, three, two
from benchmarks.parity.scenario import Scenario
from benchmarks.parity.scenarios import CARS
from jaxrl.game.state import unpack
from jaxrl.sim.spec import kickoff_spec

KICKOFFS = 500
DEMOLITIONS = 100


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
