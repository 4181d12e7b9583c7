"""Advantages against values worked out by hand and against the plain recursion over one list."""

import numpy as np
import pytest

from jaxrl.ppo.gae import gae

GAMMA, LAMBDA = 0.5, 0.5


def run(rewards, values, next_values, terminated=None, truncated=None, gamma=GAMMA, gae_lambda=LAMBDA):
    """gae on nested lists, `[T]` or more."""
    rewards = np.asarray(rewards, np.float32)
    none = np.zeros(rewards.shape, np.bool_)
    flags = [none if flag is None else np.asarray(flag, np.bool_) for flag in (terminated, truncated)]
    result = gae(
        rewards, np.asarray(values, np.float32), np.asarray(next_values, np.float32), *flags, gamma, gae_lambda
    )
    return tuple(np.asarray(array) for array in result)


def test_by_hand():
    """deltas: 1 + 0.5*4 - 2 = 1, 2 + 0.5*6 - 4 = 1, 3 + 0.5*8 - 6 = 1; each advantage adds a quarter of the next."""
    advantages, returns = run([1, 2, 3], [2, 4, 6], [4, 6, 8])
    np.testing.assert_allclose(advantages, [1.3125, 1.25, 1.0])
    np.testing.assert_allclose(returns, [3.3125, 5.25, 7.0])


def test_termination_is_worth_nothing_after():
    """The second decision ends the episode: delta 2 - 4 = -2 without the 0.5 * 6 of the state that follows."""
    advantages, _ = run([1, 2, 3], [2, 4, 6], [4, 6, 8], terminated=[0, 1, 0])
    np.testing.assert_allclose(advantages, [1 + 0.25 * -2, -2, 1])


def test_truncation_bootstraps_from_the_last_state():
    """Cut off at the second decision: its delta stays 1, and nothing of the next episode flows back."""
    advantages, _ = run([1, 2, 3], [2, 4, 6], [4, 6, 8], truncated=[0, 1, 0])
    np.testing.assert_allclose(advantages, [1.25, 1, 1])


@pytest.mark.parametrize("kind", ["terminated", "truncated"])
def test_nothing_crosses_an_episode_end(kind):
    """Whatever happens after an end, advantages before it stay the same."""
    flags = {kind: [0, 1, 0, 0]}
    calm, _ = run([1, 1, 0, 0], [1, 2, 3, 4], [2, 3, 4, 5], **flags)
    wild, _ = run([1, 1, 1e6, -1e6], [1, 2, 1e6, 4], [2, 3, -1e6, 5], **flags)
    np.testing.assert_array_equal(calm[:2], wild[:2])
    assert not np.allclose(calm[2:], wild[2:])


def test_nothing_crosses_arenas_or_cars():
    """Every arena and car of a [T, N, C] batch gets what it gets alone."""
    rng = np.random.default_rng(0)
    shape = (20, 3, 2)
    rewards, values, next_values = rng.normal(size=(3, *shape))
    terminated = rng.random(shape) < 0.1
    truncated = (rng.random(shape) < 0.1) & ~terminated
    together, _ = run(rewards, values, next_values, terminated, truncated)
    for n in range(3):
        for c in range(2):
            alone, _ = run(*(x[:, n, c] for x in (rewards, values, next_values, terminated, truncated)))
            np.testing.assert_allclose(together[:, n, c], alone, rtol=1e-6)


def test_against_the_sum_over_the_future():
    """The definition (Schulman et al. 2016, eq. 14): a sum of discounted deltas, over one unbroken episode."""
    rng = np.random.default_rng(1)
    rewards, values = rng.normal(size=(2, 30))
    next_values = np.append(values[1:], 0.7)
    advantages, _ = run(rewards, values, next_values, gamma=0.97, gae_lambda=0.9)
    deltas = rewards + 0.97 * next_values - values
    for t in range(30):
        expected = sum((0.97 * 0.9) ** k * deltas[t + k] for k in range(30 - t))
        assert advantages[t] == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(("flag", "expected"), [("truncated", 2.0), ("terminated", 1.0)])
def test_infinite_horizon_needs_bootstrapping(flag, expected):
    """Reward 1 for ever with every decision cut off: values iterate to 1/(1 - gamma) = 2, if ends bootstrap."""
    value = 0.0
    for _ in range(25):
        _, returns = run([1.0], [value], [value], **{flag: [1]}, gamma=0.5)
        value = float(returns[0])
    assert value == pytest.approx(expected, rel=1e-4)


def test_shapes_must_agree():
    """A value without its car axis would broadcast silently and be wrong."""
    with pytest.raises(ValueError, match="shapes differ"):
        gae(np.zeros((2, 3, 2)), np.zeros((2, 3)), np.zeros((2, 3, 2)), *np.zeros((2, 2, 3, 2), bool), 0.9, 0.9)
