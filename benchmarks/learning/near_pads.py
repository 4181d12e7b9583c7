"""An observation of one's own to try: where the nearest boost pads that are there lie, seen from the car.

    python -m benchmarks.arms --arm without --arm with observation.custom=benchmarks.learning.near_pads:observe

The standard observation has 34 numbers of pads, one a place: where a pad lies from the car is for the network to find.
"""

import numpy as np

from jaxrl.game.field import LARGE_PADS, NUM_PADS, PAD_PLACES
from jaxrl.game.state import Array, State, namespace

PLACES = np.array(PAD_PLACES, np.float32)  # [34, 2] uu
IS_LARGE = np.isin(np.arange(NUM_PADS), LARGE_PADS)
WANTED = ((~IS_LARGE, 3), (IS_LARGE, 1))  # of which pads, how many
REACH = 2300.0  # uu, a second at top speed
NOWHERE = 5.0  # what the distance is where no such pad is there, in reaches
GONE = 1e9  # uu squared that put a pad behind all others


def observe(state: State, car: int) -> Array:
    """Three small pads and a large one: ahead, to the right and the distance, in 2300 uu; `[..., 12]` float32."""
    xp, forward = namespace(state.boost), state.forward[..., car, :2]
    forward = forward / (xp.sqrt((forward * forward).sum(-1, keepdims=True)) + 1e-3)
    seen = []
    for which, count in WANTED:
        index = np.flatnonzero(which)
        offset = xp.asarray(PLACES[index, :2]) - state.position[..., car, None, :2]  # [..., P, 2]
        far = (offset * offset).sum(-1) + (1 - state.pads[..., index]) * GONE
        for _ in range(count):
            chosen = (np.arange(len(index)) == far.argmin(-1)[..., None]).astype(np.float32)
            is_there = ((far * chosen).sum(-1, keepdims=True) < GONE / 2).astype(np.float32)
            way = (offset * chosen[..., None]).sum(-2) / REACH
            ahead = way[..., :1] * forward[..., :1] + way[..., 1:] * forward[..., 1:]
            right = way[..., 1:] * forward[..., :1] - way[..., :1] * forward[..., 1:]
            distance = xp.sqrt(ahead * ahead + right * right)
            seen += [is_there * ahead, is_there * right, xp.where(is_there > 0, distance, NOWHERE)]
            far = far + chosen * GONE
    return xp.concatenate(seen, axis=-1)
