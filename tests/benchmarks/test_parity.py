"""The comparison of both engines: what is compared is the same, and differences are what they are called."""

import numpy as np
import pytest

from jaxrl.game.starts.check import mistake_in
from jaxrl.matches.statistics import share

pytest.importorskip("jaxrl_physics")

from benchmarks.parity.bot import difference_of_shares
from benchmarks.parity.distances import SECONDS, distances
from benchmarks.parity.events import compare
from benchmarks.parity.play import play, three, two
from benchmarks.parity.scenario import Body, Scenario, drive
from benchmarks.parity.scenarios import AREAS

ALL = [scenario for scenarios in AREAS.values() for scenario in scenarios]


def test_every_scenario_can_be_played_and_has_a_name_of_its_own():
    assert len({scenario.name for scenario in ALL}) == len(ALL)
    for scenario in ALL:
        for number in range(5):
            rng = np.random.default_rng(number)
            assert mistake_in(scenario.start(rng), 2) is None, scenario.name
            assert scenario.actions(rng).shape == (scenario.ticks, 2)


def test_both_engines_begin_alike_and_an_engine_differs_from_itself_by_nothing():
    scenario = Scenario("boost", Body(((-400, 400), -2000, 17)), ((0.0, drive(1, boost=1)),), seconds=1)
    old, again, new = play(two, scenario, 3), play(two, scenario, 3), play(three, scenario, 3)
    for name in ("position", "forward", "up", "velocity", "boost", "ball_position"):
        np.testing.assert_allclose(getattr(old.states, name)[0], getattr(new.states, name)[0], atol=1e-3)
    assert all((values == 0).all() for name, values in distances(scenario, old, again).items() if name != "orientation")
    assert old.states.position[-1, 0, 0, 1] > -1800, "the car has driven"
    assert len(np.unique(old.states.position[0, :, 0, 0])) == 3, "variations differ"


def test_cars_that_start_aside_are_that_far_apart():
    scenario = Scenario("stand", Body((0, -2000, 17)), seconds=0.5)
    apart = distances(scenario, play(three, scenario, 2), play(three, scenario, 2, aside=50))
    np.testing.assert_allclose(apart["place"], np.full((2, 2), 50), atol=0.01)
    assert len(apart["place"]) == len([second for second in SECONDS if second <= 0.5])


def test_the_first_hit_is_found_in_both_engines():
    """From 300 uu at 1000 uu/s: nose and ball are 300 - 91 - 82 uu apart, which takes 15 ticks at 1000 uu/s."""
    ball = Body((0, 300, 93.15))
    scenario = Scenario("hit", Body((0, 0, 17), speed=1000), ((0.0, drive(1)),), ball, seconds=0.5, ball_counts=True)
    found = compare("hit", play(two, scenario, 1), play(three, scenario, 1))
    assert (found.both, found.alone) == (1, (0, 0))
    assert abs(found.ticks_later[0]) <= 1


def test_the_interval_of_a_difference_of_shares():
    """Newcombe's own example: 56 of 70 against 48 of 80 differ by 0.2 (0.0524 to 0.3339)."""
    found = difference_of_shares(share(48, 80), share(56, 70))
    assert (found.mean, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
