"""Boost worked out by hand: 100 last for three seconds, 0.2778 a tick; a small pad gives 12, a large one 100."""

import pytest

from jaxrl.deploy.rlbot.tank import Tank

TICK = 100 / 360


def test_boost_for_ten_ticks():
    tank = Tank(50.0)
    for tick in range(1, 11):
        tank.watch(50 - tick * TICK, True, 1, ())
        assert tank.boosting
    tank.watch(50 - 10 * TICK, False, 1, ())
    assert not tank.boosting
    assert tank.used_until_now(False) == pytest.approx(10 * TICK)
    assert tank.gained == 0


def test_the_button_alone_does_not_push():
    tank = Tank(0.0)
    tank.watch(0.0, True, 1, ())
    assert not tank.boosting


@pytest.mark.parametrize(("pressed", "used"), [(False, 0), (True, TICK)])
@pytest.mark.parametrize(
    ("before", "is_large", "gained"),
    [
        (50.0, False, 12),
        (20.0, True, None),  # what is missing when the tick was used: 80, or 80.28
        (95.0, False, None),  # 5, or 5.28
    ],
)
def test_a_pad(pressed, used, before, is_large, gained):
    gained = 100 - before + used if gained is None else gained
    tank = Tank(before)
    tank.watch(before - used + gained, pressed, 1, [is_large])
    assert tank.gained == pytest.approx(gained)
    assert tank.used_until_now(False) == pytest.approx(used)
    assert tank.boosting == pressed
    assert (tank.small_pads, tank.large_pads) == (not is_large, is_large)


def test_boost_pushes_for_a_tenth_of_a_second_at_least():
    """The button was pressed in the first tick alone; in the second, a pad fills the tank."""
    tank = Tank(99.5)
    tank.watch(99.5 - TICK, True, 1, ())
    tank.watch(100.0, False, 1, [False])
    assert tank.boosting
    assert tank.used_until_now(False) == pytest.approx(2 * TICK)
    assert tank.gained == pytest.approx(0.5 + 2 * TICK)


def test_two_ticks_at_once():
    tank = Tank(60.0)
    tank.watch(60 - 2 * TICK + 12, True, 2, [False])
    assert tank.gained == 12
    assert tank.used_until_now(False) == pytest.approx(2 * TICK)


def test_the_decisions_in_which_a_car_is_demolished_and_respawns_use_nothing():
    """As in training, where only whole decisions count: 1 before, 2 in that of the demolition, 3 and 4 after it."""
    tank = Tank(50.0)
    tank.watch(49.0, True, 1, ())
    tank.begin_decision(is_demolished=False)
    tank.watch(47.0, True, 1, ())
    assert tank.used_until_now(is_demolished=True) == 1
    tank.begin_decision(is_demolished=True)
    tank.replace(33.0)
    tank.watch(30.0, True, 1, ())
    assert tank.used_until_now(is_demolished=False) == 1
    tank.begin_decision(is_demolished=False)
    tank.watch(26.0, True, 1, ())
    assert tank.used_until_now(is_demolished=False) == 1 + 4
    tank.start_episode()
    assert tank.used_until_now(is_demolished=False) == 0
