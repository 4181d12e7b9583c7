"""Reward terms for touching the ball, on states made by hand."""

import numpy as np
import pytest


def test_touch_counts_only_after_half_a_second_without_contact(make_state, value):
    """60 ticks are half a second; a car that pushes the ball has one touch, not one a decision."""
    before = make_state(6, ticks_since_contact=[60, 59, 0, 8, 2**20, 400])
    after = make_state(6, ticks_since_contact=[0, 0, 0, 0, 0, 408])
    np.testing.assert_array_equal(value("touch", before, after), [1, 0, 0, 0, 1, 0])


@pytest.mark.parametrize(("height", "share"), [(2044, 1), (1068.575, 0.5), (93.15, 0), (80, 0)])
def test_aerial_grows_with_height_of_a_touch_off_the_ground(make_state, value, height, share):
    """From rest (93.15 uu) to ceiling (2044 uu); on the ground, or without a touch, nothing."""
    before = make_state(6, ticks_since_contact=[400, 400, 400, 8, 400, 400])
    after = make_state(
        6,
        ball_position=[0, 0, height],
        ticks_since_contact=[0, 0, 408, 0, 0, 0],
        on_ground=[0, 1, 0, 0, 1, 0],
    )
    np.testing.assert_allclose(value("aerial", before, after), [share, 0, 0, 0, 0, share], atol=1e-6)
