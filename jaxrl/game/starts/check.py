"""Whether a start state can be played: each of the user's is named with its mistake, at best before the training."""

from collections.abc import Iterable
from threading import Thread
from typing import Any

import numpy as np

from jaxrl.errors import UserError, one_line
from jaxrl.game.starts.inside import inside
from jaxrl.game.starts.registry import START_STATES, is_recorded, resolve_start_states
from jaxrl.game.starts.state import REQUIRED, RESPAWN_TICKS, StartFunction, StartState, as_start_state
from jaxrl.plugins import where

DRAWS = 5  # of each start state, before the training
ANSWER_SECONDS = 10.0

MAX_BOOST = 100.0

BALL = ("ball_position", "ball_velocity", "ball_angular_velocity")
CARS = ("position", "yaw_pitch_roll", "velocity", "angular_velocity")
OPTIONAL = ("flip_seconds", "respawn_ticks")


def check_start_states(names: Iterable[str], team_size: int) -> None:
    """Draw a few of each start state; raises UserError that names one that fails, hangs or cannot be played."""
    names = list(names)
    for name, function in zip(names, resolve_start_states(names), strict=True):
        _try_out(name, function, team_size)


def draw(name: str, function: StartFunction, rng: np.random.Generator, team_size: int) -> StartState | None:
    """Draw the start of an episode; raises UserError that names the start state if that fails or cannot be played."""
    if name in START_STATES:
        return function(rng, team_size)
    try:
        start = function(rng, team_size)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also sys.exit, which would end a worker without a word
        if is_recorded(name):
            raise UserError(f"start state {name!r}: {one_line(error)}") from error
        message = one_line(f"{type(error).__name__}: {error}")
        raise UserError(f"start state {name!r}: {message} ({where(function, error)})") from error
    if (mistake := mistake_in(start, 2 * team_size)) is not None:
        raise UserError(f"start state {name!r}: {mistake} ({where(function)})")
    return None if start is None else as_start_state(start)


def mistake_in(start: Any, num_cars: int) -> str | None:
    """What keeps `start` from being a start state of `num_cars` cars; None if nothing does."""
    if start is None:
        return None
    if missing := [name for name in REQUIRED if not hasattr(start, name)]:
        return f"{type(start).__name__} without {missing[0]}: return a StartState, or None for a kickoff"
    shapes = dict.fromkeys(BALL, (3,)) | dict.fromkeys(CARS, (num_cars, 3)) | {"boost": (num_cars,)}
    for name, shape in shapes.items():
        if (mistake := _mistake_in_numbers(name, getattr(start, name), shape)) is not None:
            return mistake
    for name in OPTIONAL:
        value = getattr(start, name, None)
        if value is not None and (mistake := _mistake_in_numbers(name, value, (num_cars,), finite=False)) is not None:
            return mistake
    start = as_start_state(start)
    if np.min(start.boost) < 0 or np.max(start.boost) > MAX_BOOST:
        return f"boost must be 0 to 100, not {np.min(start.boost):g} to {np.max(start.boost):g}"
    ticks = start.ticks_demolished()
    if np.min(ticks) < 0 or np.max(ticks) >= RESPAWN_TICKS or np.any(ticks % 1):
        return f"respawn_ticks must be whole numbers from 0 to {RESPAWN_TICKS - 1}, not {ticks.tolist()}"
    return inside(start)


def _mistake_in_numbers(name: str, value: Any, shape: tuple[int, ...], finite: bool = True) -> str | None:
    try:
        numbers = np.asarray(value)
    except Exception as error:  # lists of different lengths, an object that cannot become an array
        return f"{name} is not an array ({one_line(error)})"
    if numbers.dtype.kind not in "fiu" or isinstance(value, np.ma.MaskedArray):
        return f"{name} must hold real numbers, not {type(value).__name__} of {numbers.dtype}"
    if numbers.shape != shape:
        return f"{name} has the shape {numbers.shape}, and must have {shape}"
    if finite and not np.isfinite(numbers).all():
        return f"a number in it is NaN or infinite: {name}"
    if np.isnan(numbers).any():
        return f"a number in it is NaN: {name}"
    return None


def _try_out(name: str, function: StartFunction, team_size: int) -> None:
    """Draw in a thread, which is left behind if it hangs."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            for number in range(DRAWS):
                draw(name, function, np.random.default_rng(number), team_size)
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    if thread.is_alive():
        raise UserError(f"start state {name!r}: no answer within {ANSWER_SECONDS:.0f} s ({where(function)})")
    if failed:
        raise failed[0]
