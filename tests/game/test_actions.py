"""The action table is RLGym's, so that bots and tools of that world understand our actions."""

import numpy as np
from rlgym.rocket_league.action_parsers import LookupTableAction

from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION, NUM_ACTIONS


def test_table_equals_rlgyms():
    reference = LookupTableAction.make_lookup_table()
    assert ACTION_TABLE.shape == reference.shape == (90, 8)
    assert ACTION_TABLE.dtype == np.float32
    np.testing.assert_array_equal(ACTION_TABLE, reference)
    assert NUM_ACTIONS == 90


def test_neutral_action_is_index_8_and_does_nothing():
    assert NEUTRAL_ACTION == 8
    np.testing.assert_array_equal(ACTION_TABLE[8], np.zeros(8))
    assert (np.abs(ACTION_TABLE).sum(axis=1) == 0).sum() == 1
