"""Figures of touches, worked out by hand; one event in a decision of 8 ticks is a rate of 900 a minute."""

import numpy as np
import pytest
from support.states import rows

from jaxrl.game.figures import FIGURES, measure, values
from jaxrl.game.state import LONG_AGO, unpack

NAN = np.nan
TOUCHED = {"ticks_since_contact": [0, LONG_AGO]}


def test_a_touch_comes_after_half_a_second_without(figure):
    before, after = {"ticks_since_contact": [60, 52]}, {"ticks_since_contact": 0}
    np.testing.assert_array_equal(figure("touches_per_minute", before, after), [900, 0])


@pytest.mark.parametrize(("change", "strong"), [((0, 0, 999), 0), ((600, 0, 800), 900), ((0, -1000, 0), 900)])
def test_strong_touches_change_the_ball_by_1000(figure, change, strong):
    after = TOUCHED | {"ball_velocity": np.add((100, 200, 0), change)}
    found = figure("strong_touches_per_minute", {"ball_velocity": (100, 200, 0)}, after)
    np.testing.assert_array_equal(found, [strong, 0])


@pytest.mark.parametrize(
    ("height", "on_ground", "rate"), [(301, 0, 900), (299, 0, 0), (500, 1, 0)], ids=["high", "low", "from a wall"]
)
def test_aerial_touches_are_of_high_balls_by_cars_in_the_air(figure, height, on_ground, rate):
    after = TOUCHED | {"ball_position": (0, 0, height), "on_ground": on_ground}
    np.testing.assert_array_equal(figure("aerial_touches_per_minute", {}, after), [rate, 0])


def test_height_and_speed_are_means_over_touches(figure):
    """A car without a touch has none."""
    after = TOUCHED | {"ball_position": (0, 0, 700), "ball_velocity": (300, 0, -400)}
    for name, expected in (("touch_height", 700), ("highest_touch", 700), ("ball_speed_after_touch", 500)):
        np.testing.assert_allclose(figure(name, {}, after), [expected, NAN], err_msg=name)


def played(decisions=40, touches=(), goals=()):
    """Blue touches at `touches`, the ball is at y = 100 t after decision t; episodes end at `goals`."""
    before = rows(2, (decisions, 1), ticks_since_contact=LONG_AGO)
    after = rows(2, (decisions, 1), ticks_since_contact=LONG_AGO)
    unpack(after).ball_position[:, 0, 1] = 100 * np.arange(decisions)
    unpack(after).ticks_since_contact[list(touches), 0, 0] = 0
    done = np.zeros((decisions, 1), bool)
    done[list(goals)] = True
    return before, after, np.zeros((decisions, 1, 2), np.int32), done


def progress(*arrays, cars=None):
    one = [FIGURES["ball_progress_after_touch"]]
    sums = measure(one, *arrays, 8)
    return float(values(one, sums, 8, cars)["ball_progress_after_touch"]), sums.count.sum()


def test_progress_is_that_of_a_second():
    """15 decisions of 8 ticks: 1,500 uu towards the goal that blue attacks; of an orange touch it is as far back."""
    assert progress(*played(touches=[3])) == (1500, 1)
    before, after, actions, done = played(touches=[3])
    ticks = unpack(after).ticks_since_contact
    ticks[:] = ticks[..., ::-1].copy()
    assert progress(before, after, actions, done) == (-1500, 1)


def test_progress_ends_with_the_episode():
    """A goal 4 decisions after the touch: 400 uu, and 0 in its own decision. The next episode's ball does not count."""
    assert progress(*played(touches=[3], goals=[7])) == (400, 1)
    assert progress(*played(touches=[3], goals=[3])) == (0, 1)
    assert progress(*played(touches=[3], goals=[2, 30])) == (1500, 1)


def test_progress_beyond_the_block_is_left_out():
    """The last decision of 40 is number 39: a touch at 24 is the last that is followed for a second."""
    assert progress(*played(touches=[24, 25, 39])) == (1500, 1)
    assert progress(*played(touches=[24, 35], goals=[39])) == ((1500 + 400) / 2, 2)
    value, count = progress(*played(touches=[39]))
    assert np.isnan(value)
    assert count == 0


def test_a_block_shorter_than_what_figures_look_ahead():
    assert progress(*played(decisions=3, touches=[0], goals=[2])) == (200, 1)
    assert np.isnan(progress(*played(decisions=1, touches=[0]))[0])


def test_the_highest_touch_is_that_of_all_cars():
    """Blue at 500 and 900, orange at 700."""
    before, after, actions, done = played()
    state = unpack(after)
    for decision, car, height in ((2, 0, 500), (20, 0, 900), (30, 1, 700)):
        state.ticks_since_contact[decision, 0, car], state.ball_position[decision, 0, 2] = 0, height
    two = [FIGURES["highest_touch"], FIGURES["touch_height"]]
    sums = measure(two, before, after, actions, done, 8)
    assert values(two, sums, 8) == {"highest_touch": 900, "touch_height": 700}
    assert values(two, sums, 8, np.array([[False, True]])) == {"highest_touch": 700, "touch_height": 700}
