"""The action table is RLGym's, so that bots and tools of that world understand our actions."""

import jax
import numpy as np
import pytest
from rlgym.rocket_league.action_parsers import LookupTableAction

from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION, NUM_ACTIONS
from jaxrl.nets.sampling import sample


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


@pytest.mark.parametrize("run", [sample, jax.jit(sample)], ids=["numpy", "jax"])
def test_sampling_inverts_the_cumulative_distribution(run):
    """Probabilities 0.5, 0.25, 0, 0.25: the action in whose part of [0, 1) the uniform lies, at both ends, too."""
    logits = np.log(np.array([0.5, 0.25, 1e-45, 0.25], np.float32))
    uniforms = np.array([0, 0.49, 0.51, 0.74, 0.76, np.nextafter(np.float32(1), np.float32(0))], np.float32)
    actions = run(np.tile(logits, (6, 1)), uniforms)
    np.testing.assert_array_equal(actions, [0, 0, 1, 1, 3, 3])
    assert actions.dtype == np.int32


def test_sampled_frequencies():
    """20,000 draws from logits that are far apart, against the softmax; 4 standard deviations."""
    logits = np.array([2.0, -1.0, 0.5, -30.0, 1.0], np.float32)
    weights = np.exp(logits.astype(np.float64))
    expected = weights / weights.sum()
    actions = sample(np.tile(logits, (20_000, 1)), np.random.default_rng(0).random(20_000, np.float32))
    found = np.bincount(actions, minlength=5) / 20_000
    assert (np.abs(found - expected) <= 4 * np.sqrt(expected * (1 - expected) / 20_000) + 1e-9).all()
