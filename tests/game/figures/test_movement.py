"""Figures of movement, worked out by hand."""

import numpy as np
import pytest

NAN = np.nan
DIAGONAL = 0.5**0.5


@pytest.mark.parametrize(
    ("up", "on_ground", "where"),
    [
        ((0, 0, 1), 1, "ground_share"),
        ((0.6, 0, 0.8), 1, "ground_share"),
        ((0.8, 0, 0.6), 1, "wall_share"),
        ((-1, 0, 0), 1, "wall_share"),
        ((0, 0.8, -0.6), 1, "wall_share"),
        ((0, 0, -1), 1, "ceiling_share"),
        ((0, 0, 1), 0, "air_share"),
    ],
)
def test_a_car_is_in_one_place(figure, up, on_ground, where):
    for name in ("ground_share", "wall_share", "ceiling_share", "air_share"):
        found = figure(name, {}, {"up": up, "on_ground": on_ground})
        np.testing.assert_array_equal(found, float(name == where), err_msg=name)


def test_a_demolished_car_is_nowhere(figure):
    after = {"up": (0, 0, 1), "on_ground": [1, 0], "demoed": [0, 1]}
    np.testing.assert_array_equal(figure("ground_share", {}, after), [1, NAN])


def test_height_and_speed(figure):
    after = {"position": [(0, 0, 301), (0, 0, 299)], "velocity": [(2200, 0, 0), (1200, 0, 1600)]}
    np.testing.assert_array_equal(figure("high_share", {}, after), [1, 0])
    np.testing.assert_allclose(figure("speed", {}, after), [2200, 2000])
    np.testing.assert_array_equal(figure("supersonic_share", {}, after), [1, 0])


def test_jumps_are_counted_when_they_begin(figure):
    """Blue begins one. Orange goes on with one, or lands and jumps again in the same decision."""
    going_on = {"has_jumped": [0, 1], "is_jumping": [0, 1], "jump_time": [0, 0.05]}
    np.testing.assert_array_equal(
        figure("jumps_per_minute", going_on, {"has_jumped": 1, "is_jumping": 1, "jump_time": [0.05, 0.11]}), [900, 0]
    )
    np.testing.assert_array_equal(
        figure("jumps_per_minute", going_on, {"has_jumped": 1, "is_jumping": 1, "jump_time": [0.05, 0.02]}), [900, 900]
    )
    doubled = {"has_double_jumped": [0, 1]}
    np.testing.assert_array_equal(figure("double_jumps_per_minute", doubled, {"has_double_jumped": 1}), [900, 0])


FLIPS = ("forward", "backward", "sideways", "forward_diagonal", "backward_diagonal")


@pytest.mark.parametrize(
    ("direction", "kind"),
    [
        ((1, 0), "forward"),
        ((0.93, 0.3676), "forward"),
        ((-1, 0), "backward"),
        ((0, -1), "sideways"),
        ((0.3, 0.954), "sideways"),
        ((DIAGONAL, -DIAGONAL), "forward_diagonal"),
        ((-DIAGONAL, DIAGONAL), "backward_diagonal"),
        ((-0.9, 0.4359), "backward_diagonal"),
    ],
)
def test_flips_by_direction(figure, direction, kind):
    """Blue flips; orange's flip goes on since before."""
    before = {"has_flipped": [0, 1], "flip_time": [0, 0.1]}
    after = {"has_flipped": 1, "flip_time": [0.03, 0.17], "flip_direction": direction}
    for each in FLIPS:
        found = figure(f"{each}_flips_per_minute", before, after)
        np.testing.assert_array_equal(found, [900 * (each == kind), 0], err_msg=each)


def test_speed_that_flips_gain(figure):
    """From 1,000 to 1,480 uu/s by a flip; orange gains as much without one."""
    before = {"velocity": (600, 800, 0)}
    after = {"velocity": (888, 1184, 0), "has_flipped": [1, 0]}
    np.testing.assert_allclose(figure("flip_speed_gain", before, after), [480, NAN], rtol=1e-5)


def test_a_wavedash_lands_while_the_flip_turns_the_car(figure):
    before = {"is_flipping": [1, 0], "has_flipped": 1, "air_time": 0.3}
    landed = {"on_ground": 1}
    np.testing.assert_array_equal(figure("wavedashes_per_minute", before, landed), [900, 0])


def test_a_flip_reset_is_given_by_the_ball(figure):
    """Both are above it and forget their jump; orange has the ball above its roof."""
    before = {"has_jumped": 1, "has_flipped": 1}
    after = {"position": (0, 0, 1000), "ball_position": (0, 0, 850), "up": [(0, 0, 1), (0, 0, -1)]}
    np.testing.assert_array_equal(figure("flip_resets_per_minute", before, after), [900, 0])
