"""What tests of figures share: one decision of one arena, and its figures car by car."""

import numpy as np
import pytest
from support.states import rows

from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.figures import FIGURES, measure
from jaxrl.game.state import LONG_AGO


@pytest.fixture
def figure():
    """A function (name, before, after, actions=neutral, done=False) -> the figure of each car `[C]`, NaN = none.

    `before` and `after` are fields of the only decision, of 8 ticks: 1/900 minute.
    """

    def compute(name, before=None, after=None, num_cars=2, actions=NEUTRAL_ACTION, done=False):
        quiet = {"ticks_since_contact": LONG_AGO}
        states = [rows(num_cars, (1, 1), **(quiet | (fields or {}))) for fields in (before, after)]
        pressed = np.broadcast_to(np.asarray(actions, np.int32), (1, 1, num_cars))
        one = FIGURES[name]
        total, count = measure([one], *states, pressed, np.array([[done]]), 8)
        with np.errstate(invalid="ignore"):
            return (total / count)[0, 0] * one.scale(8)

    return compute
