"""The first three figures, worked out by hand."""

import numpy as np

from jaxrl.game.figures import STATISTICS
from jaxrl.game.game import rocket_league
from jaxrl.game.state import pack


def test_statistics_are_rates(make_state):
    """A decision of 8 ticks is 1/900 minute: one touch in it is a rate of 900 a minute."""
    game = rocket_league(1, 8, [])
    before = make_state(2, score=[1, 0], ticks_since_contact=[100, 100])
    after = make_state(
        2, score=[1, 1], ticks_since_contact=[0, 108], ball_position=[0, 100, 0], velocity=[[0, 690, 0], [0, -230, 0]]
    )
    rates = game.statistics(pack(before), pack(after))
    np.testing.assert_allclose(rates["touches_per_minute"], [900, 0])
    np.testing.assert_allclose(rates["goals_per_minute"], 900)
    np.testing.assert_allclose(rates["speed_to_ball"], [690, -230], rtol=1e-5)


def test_the_names_are_those_of_the_values(make_state):
    row = pack(make_state(2))
    game = rocket_league(1, 8, [])
    assert tuple(game.statistics(row, row)) == STATISTICS == game.statistic_names
