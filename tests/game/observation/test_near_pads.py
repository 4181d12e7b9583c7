"""Where the nearest boost pads lie from a car, worked out by hand. Symmetries and both backends: test_view."""

import numpy as np
from support.observations import random_state

from jaxrl.game.field import LARGE_PADS, PAD_PLACES
from jaxrl.game.observation.near_pads import near_pads
from jaxrl.game.state import pack

REACH = 2300.0  # uu


def seen_from(place, nose, pads=None, ball=(3000.0, 0.0)):
    """What the blue car sees at `place` with its `nose` there, x and y; as `[4, 3]`: ahead, right, distance in uu."""
    state = random_state(2, seed=0)
    state.position[0, :2], state.forward[0] = place, (*nose, 0)
    state.ball_position[:2] = ball
    state = state._replace(pads=np.ones(34) if pads is None else pads)
    return near_pads(pack(state))[0].reshape(4, 3) * REACH


def test_ahead_to_the_right_and_how_far():
    """At (0, 100) with the nose along +y, where +x is on the left, and the ball there."""
    ahead, behind = [924, 0, 924], [-1124, 0, 1124]  # the pads at (0, 1024) and (0, -1024)
    left, right, large = ([-100, x, np.hypot(x, 100)] for x in (-1024, 1024, -3584))
    np.testing.assert_allclose(seen_from((0, 100), (0, 1)), [ahead, left, right, large], rtol=2e-3, atol=1)
    # without those to the sides the one behind is next
    pads = np.ones(34)
    pads[[PAD_PLACES.index((1024, 0)), PAD_PLACES.index((-1024, 0))]] = 0
    np.testing.assert_allclose(seen_from((0, 100), (0, 1), pads)[1], behind, rtol=2e-3, atol=1)


def test_of_two_as_near_the_one_on_the_balls_side_comes_first():
    for side in (-1, 1):
        second = seen_from((0, 100), (0, 1), ball=(side * 3000.0, 500.0))[1]
        np.testing.assert_allclose(second[:2], [-100, -1024 * side], rtol=2e-3, atol=1)


def test_a_pad_that_is_gone_is_not_seen():
    pads = np.ones(34)
    pads[[*LARGE_PADS]] = 0
    np.testing.assert_allclose(seen_from((0, 100), (0, 1), pads)[3], [0, 0, 5 * REACH])
    pads[:] = 0
    pads[PAD_PLACES.index((0, 1024))] = 1
    seen = seen_from((0, 100), (1, 0), pads)
    np.testing.assert_allclose(seen[0], [0, 924, 924], rtol=2e-3, atol=1)  # +y is on the right of a nose along +x
    np.testing.assert_allclose(seen[1:], [[0, 0, 5 * REACH]] * 3)
