"""What tests of reward terms share."""

import numpy as np
import pytest

from jaxrl.game.game import rocket_league
from jaxrl.game.state import pack


@pytest.fixture
def value():
    """A function (term, state, next_state) -> that term per car, through the path that training takes."""

    def compute(term, state, next_state):
        game = rocket_league(state.boost.shape[-1] // 2, 8, [term])
        actions = np.full(state.boost.shape, 8, np.int32)
        result = game.rewards(pack(state), pack(next_state), actions)
        assert list(result) == [term]
        return result[term]

    return compute
