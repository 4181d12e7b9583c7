"""What a function of the user's own adds to the observation, or puts in its place.

    # my_obs.py
    def observe(state, car):
        offset = state.ball_position - state.position[..., car, :]
        return offset / 1000

It is called for every car and gives what that car sees, `[..., K]`. The state is as the car sees the world: turned so
that it attacks +y, and with `observation.mirror` reflected if it has the ball on its left. So an observation has both
symmetries without a word about them.
"""

from functools import lru_cache

import numpy as np

from jaxrl.errors import UserError
from jaxrl.game.layout import LAYOUT
from jaxrl.game.observation.standard import half_turn
from jaxrl.game.rewards.checked import REAL
from jaxrl.game.state import Array, State, namespace
from jaxrl.plugins import import_allowed, named, where

WHAT = "observation.custom"


def observe_custom(path: str, state: State) -> Array:
    """What every car sees, `[..., C, K]` float32.

    Raises UserError where the function fails or gives something else, and if nobody has allowed it, see
    `jaxrl.plugins.allow_code`.
    """
    num_cars = state.boost.shape[-1]
    turned = half_turn(state)
    seen = [_seen(path, state if car < num_cars // 2 else turned, car) for car in range(num_cars)]
    if len({each.shape for each in seen}) > 1:
        shapes = ", ".join(str(list(each.shape)) for each in seen)
        raise UserError(f"{WHAT} {path}: must return as many numbers for every car, not {shapes}")
    return namespace(state.boost).stack(seen, axis=-2)


@lru_cache
def custom_size(path: str, num_cars: int) -> int:
    """K; raises UserError as `observe_custom` does."""
    rows = np.zeros((1, LAYOUT.row_size(num_cars)), np.float32)
    return observe_custom(path, LAYOUT.unpack(rows)).shape[-1]


def _seen(path: str, state: State, car: int) -> Array:
    function, lead = import_allowed(path), state.score.shape[:-1]
    with named(WHAT, path, function):
        seen = function(state, car)
    shape, dtype = getattr(seen, "shape", None), getattr(seen, "dtype", None)
    if shape is None or dtype is None or len(shape) != len(lead) + 1 or shape[:-1] != lead or not shape[-1]:
        found = type(seen).__name__ if shape is None else list(shape)
        raise UserError(f"{WHAT} {path} ({where(function)}): must return numbers {[*lead, 'K']}, not {found}")
    if not np.dtype(dtype).name.startswith(REAL):
        raise UserError(f"{WHAT} {path} ({where(function)}): must return real numbers, not {dtype}")
    return seen.astype(np.float32)
