"""Figures of boost, worked out by hand; 1 in a decision of 8 ticks is 900 a minute."""

import numpy as np

from jaxrl.game.actions import ACTION_TABLE, CONTROLS

BOOST = int(np.flatnonzero(ACTION_TABLE[:, CONTROLS.index("boost")])[0])
NEUTRAL = 8


def test_the_tank(figure):
    after = {"boost": [40, 0.9]}
    np.testing.assert_allclose(figure("boost_held", {}, after), [40, 0.9])
    np.testing.assert_array_equal(figure("tank_empty_share", {}, after), [0, 1])


def test_pressed_with_an_empty_tank(figure):
    """What is in the tank when the car decides: both press, orange has none. Nobody presses the neutral action."""
    tanks, refilled = {"boost": [12, 0]}, {"boost": [0, 12]}
    np.testing.assert_array_equal(figure("boost_pressed_empty_share", tanks, refilled, actions=BOOST), [0, 1])
    np.testing.assert_array_equal(figure("boost_pressed_empty_share", tanks, refilled, actions=NEUTRAL), [0, 0])


def test_what_pads_give(figure):
    """Blue takes a small pad with 95 in the tank: 5 of 12 fit, 7 do not. Orange takes a large one with 30, using 2."""
    before = {"small_pads": [3, 1], "large_pads": 1, "boost_gained": [40, 100], "boost_used": [7, 50]}
    after = {"small_pads": [4, 1], "large_pads": [1, 2], "boost_gained": [45, 170], "boost_used": [7, 52]}
    expected = {
        "small_pads_per_minute": [900, 0],
        "large_pads_per_minute": [0, 900],
        "boost_gained_per_minute": [5 * 900, 70 * 900],
        "boost_used_per_minute": [0, 2 * 900],
        "boost_overfill_per_minute": [7 * 900, 30 * 900],
    }
    for name, value in expected.items():
        np.testing.assert_allclose(figure(name, before, after), value, err_msg=name)
