"""How far apart two plays of the same scenario are, second by second."""

import numpy as np

from benchmarks.parity.play import Played
from benchmarks.parity.scenario import Scenario
from jaxrl.game.field import TICKS_PER_SECOND, right_of
from jaxrl.game.state import State

SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
QUANTITIES = {
    "place": "uu",
    "velocity": "uu/s",
    "orientation": "degrees",
    "spin": "rad/s",
    "boost": "0 to 100",
}
OF_THE_BALL = ("place", "velocity", "spin")


def distances(scenario: Scenario, a: Played, b: Played) -> dict[str, np.ndarray]:
    """How far apart two plays are at SECONDS: {quantity: `[S, N]`}, NaN where nothing can be compared any more.

    Of the ball where that is what counts, otherwise of the car that is further off. Nothing is compared after a goal in
    one of both, nor of a car after its demolition: what follows is drawn by chance.
    """
    ticks = [round(second * TICKS_PER_SECOND) for second in SECONDS if second <= scenario.seconds]
    running = (a.running & b.running)[ticks]
    if scenario.ball_counts:
        found = _of_ball(a.states, b.states, ticks)
    else:
        whole = ~np.logical_or.accumulate((a.states.demoed > 0) | (b.states.demoed > 0), axis=0)[ticks]
        cars = _of_cars(a.states, b.states, ticks)
        found = {name: np.where(whole, values, -1).max(axis=-1) for name, values in cars.items()}
        running = running & whole.any(axis=-1)
    return {name: np.where(running, values, np.nan) for name, values in found.items()}


def _of_ball(a: State, b: State, ticks: list[int]) -> dict[str, np.ndarray]:
    """`[S, N]` each."""
    return {
        "place": _length(a.ball_position[ticks] - b.ball_position[ticks]),
        "velocity": _length(a.ball_velocity[ticks] - b.ball_velocity[ticks]),
        "spin": _length(a.ball_angular_velocity[ticks] - b.ball_angular_velocity[ticks]),
    }


def _of_cars(a: State, b: State, ticks: list[int]) -> dict[str, np.ndarray]:
    """`[S, N, C]` each."""
    turned = np.einsum("...ij,...ij->...", _axes(a, ticks), _axes(b, ticks))  # 1 + 2 cos(angle)
    return {
        "place": _length(a.position[ticks] - b.position[ticks]),
        "velocity": _length(a.velocity[ticks] - b.velocity[ticks]),
        "orientation": np.degrees(np.arccos(np.clip((turned - 1) / 2, -1, 1))),
        "spin": _length(a.angular_velocity[ticks] - b.angular_velocity[ticks]),
        "boost": np.abs(a.boost[ticks] - b.boost[ticks]),
    }


def _axes(state: State, ticks: list[int]) -> np.ndarray:
    """Nose, roof and right side of cars, `[S, N, C, 3, 3]`, in double precision: angles are small."""
    nose, roof = state.forward[ticks].astype(float), state.up[ticks].astype(float)
    return np.stack([nose, roof, right_of(nose, roof)], axis=-2)


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=-1)
