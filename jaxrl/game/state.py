"""Raw states as rows of float32 numbers, and named views of them.

A row is what the simulation writes and a rollout stores; `jaxrl.game.layout` says what is where in it. Everything else
(observations, rewards, statistics) is computed from rows, for any leading shape: `[..., F]`.
"""

import numpy as np

from jaxrl.game.arrays import Array, float32_product, namespace
from jaxrl.game.layout import LAYOUT, LONG_AGO, State

__all__ = ["LONG_AGO", "Array", "State", "float32_product", "namespace", "pack", "row_size", "team_signs", "unpack"]


def row_size(num_cars: int) -> int:
    """F, numbers in the row of an arena with `num_cars` cars."""
    return LAYOUT.row_size(num_cars)


def unpack(rows: Array) -> State:
    """Rows `[..., F]` as named fields (views under numpy)."""
    return LAYOUT.unpack(rows)


def pack(state: State) -> np.ndarray:
    """The inverse of `unpack`, for numpy: rows `[..., F]` float32."""
    return LAYOUT.pack(state)


def team_signs(num_cars: int) -> np.ndarray:
    """`[C]` float32: +1 for blue cars, -1 for orange ones (the direction along y in which a car attacks)."""
    signs = np.ones(num_cars, np.float32)
    signs[num_cars // 2 :] = -1
    return signs
