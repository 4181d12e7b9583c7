"""The loss against plain numpy, written from the formulas of the paper one transition at a time."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.ppo.loss import Minibatch, ppo_loss

CLIP, VF, ENT = 0.2, 0.5, 0.01


def reference(logits, values, batch):
    """Loss, policy loss, value loss, entropy, KL and clip fraction in Python floats."""
    policy, value, entropy, kl, clipped = [], [], [], [], []
    for row, v, action, old, advantage, target in zip(
        logits, values, batch.actions, batch.log_probs, batch.advantages, batch.returns, strict=True
    ):
        weights = [math.exp(x) for x in row]
        probs = [w / sum(weights) for w in weights]
        ratio = probs[action] / math.exp(old)
        policy.append(-min(ratio * advantage, max(1 - CLIP, min(1 + CLIP, ratio)) * advantage))
        value.append((v - target) ** 2 / 2)
        entropy.append(-sum(p * math.log(p) for p in probs))
        kl.append(ratio - 1 - math.log(ratio))
        clipped.append(abs(ratio - 1) > CLIP)
    parts = [float(np.mean(x)) for x in (policy, value, entropy, kl, clipped)]
    return [parts[0] + VF * parts[1] - ENT * parts[2], *parts]


def make_batch(rng, size=64, actions=5):
    logits = rng.normal(size=(size, actions)).astype(np.float32)
    batch = Minibatch(
        obs=np.zeros((size, 1), np.float32),
        actions=rng.integers(actions, size=size).astype(np.int32),
        log_probs=rng.uniform(-2.5, -0.5, size).astype(np.float32),
        advantages=rng.normal(size=size).astype(np.float32),
        returns=rng.normal(size=size).astype(np.float32),
        weights=np.ones(size, np.float32),
    )
    return logits, rng.normal(size=size).astype(np.float32), batch


def test_against_numpy():
    """Ratios far on both sides of the clip range, advantages of both signs."""
    logits, values, batch = make_batch(np.random.default_rng(0))
    loss, metrics = ppo_loss(jnp.asarray(logits), jnp.asarray(values), batch, CLIP, VF, ENT)
    expected = reference(logits.astype(float), values.astype(float), batch)
    assert 0.2 < expected[-1] < 0.95  # the case covers clipped and unclipped transitions
    np.testing.assert_allclose([loss, *metrics[1:6]], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("log_ratio", "advantage", "moves"), [(1, 1, False), (1, -1, True), (-1, 1, True), (-1, -1, False)]
)
def test_clipping_stops_only_what_goes_too_far(log_ratio, advantage, moves):
    """The gradient is cut where the ratio has already moved in the advantage's direction, and only there."""
    batch = Minibatch(
        jnp.zeros((1, 1)),
        jnp.array([0]),
        jnp.array([math.log(0.5) - log_ratio]),
        jnp.array([float(advantage)]),
        jnp.zeros(1),
        jnp.ones(1),
    )

    def policy_loss(logits):
        return ppo_loss(logits, jnp.zeros(1), batch, CLIP, 0.0, 0.0)[0]

    gradient = jax.grad(policy_loss)(jnp.zeros((1, 2)))
    assert bool(jnp.abs(gradient).max() > 1e-6) == moves
