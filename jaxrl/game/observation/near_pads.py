"""The nearest boost pads that are there, in the car's own frame: three small ones and a large one, 12 numbers.

The standard observation has whether each of the 34 pads is there: where one lies from the car is for the network to
find out, and it hardly does. The same for both teams, as everything is relative to the car.

Layout: of each pad, nearest first and the small ones before the large one, how far ahead of the car it is and how far
to the right, seen from above, and the distance; in 2300 uu, a second at top speed. Where there is no such pad: 0, 0, 5.
"""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.field import CAR_MAX_SPEED, LARGE_PADS, NUM_PADS, PAD_PLACES, far_right
from jaxrl.game.observation.mirror import ball_on_left
from jaxrl.game.state import Array, namespace, unpack

PLACES = np.array(PAD_PLACES, np.float32)  # [34, 2] uu
IS_LARGE = np.isin(np.arange(NUM_PADS), LARGE_PADS)
WANTED = ((~IS_LARGE, 3), (IS_LARGE, 1))  # of which pads, how many
NOTHING = np.array([0, 0, 5], np.float32)  # seen of a pad that is not there
GONE = 1e9  # uu squared that put a pad behind all others
TIE = 0.01  # uu squared a uu by which a pad on the ball's side counts as nearer: numbers of pads must not decide
NEAR_PADS_SIGNS = np.tile(np.array([1, -1, 1], np.float32), 4)  # of the numbers in the mirror
NEAR_PADS_SIZE = len(NEAR_PADS_SIGNS)


def near_pads(rows: Array) -> Array:
    """Raw states `[..., F]` to the pads near every car, `[..., C, 12]` float32."""
    xp, state = namespace(rows), unpack(rows)
    nose = state.forward[..., :2]
    nose = (nose / (length(nose)[..., None] + 1e-3))[..., None, :]  # it may point up
    ball_side = (ball_on_left(rows).astype(np.float32) * -2 + 1)[..., None]
    seen = []
    for which, count in WANTED:
        index = np.flatnonzero(which)
        way = xp.asarray(PLACES[index]) - state.position[..., None, :2]  # [..., C, P, 2]
        ahead, right = (way * nose).sum(-1), far_right(way, nose)
        ways = xp.concatenate([ahead[..., None], right[..., None]], axis=-1) * (1 / CAR_MAX_SPEED)
        gone = (state.pads[..., index] * -GONE + GONE)[..., None, :]
        apart = (way * way).sum(-1) - TIE * ball_side * right + gone
        one_of = xp.asarray(np.eye(len(index), dtype=np.float32))
        for _ in range(count):
            chosen = one_of[(-apart).argmax(-1)]
            is_there = (apart * chosen).sum(-1, keepdims=True) < GONE / 2
            nearest = (ways * chosen[..., None]).sum(-2)
            pad = xp.concatenate([nearest, length(nearest)[..., None]], axis=-1)
            seen.append(xp.where(is_there, pad, NOTHING))
            apart = apart + chosen * GONE
    return xp.concatenate(seen, axis=-1).astype(np.float32)
