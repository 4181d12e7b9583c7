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


def test_masked_actions_are_as_if_they_were_not_there():
    """Loss, entropy and KL are those of a smaller table, nothing is infinite, and masked logits get no gradient."""
    rng = np.random.default_rng(1)
    logits, values, batch = make_batch(rng)
    wider = np.concatenate([rng.normal(0, 50, (64, 2)), logits, rng.normal(0, 50, (64, 3))], axis=1).astype(np.float32)
    allowed = np.broadcast_to((np.arange(10) >= 2) & (np.arange(10) < 7), (64, 10))
    masked = batch._replace(actions=batch.actions + 2, allowed=allowed)

    def loss_of(logits, batch):
        return ppo_loss(logits, jnp.asarray(values), batch, CLIP, VF, ENT)

    (loss, metrics), gradient = jax.value_and_grad(loss_of, has_aux=True)(jnp.asarray(wider), masked)
    expected, expected_metrics = loss_of(jnp.asarray(logits), batch)
    np.testing.assert_allclose([loss, *metrics], [expected, *expected_metrics], rtol=1e-5)
    assert not np.asarray(gradient)[~allowed].any()
    expected_gradient = jax.grad(lambda logits: loss_of(logits, batch)[0])(jnp.asarray(logits))
    np.testing.assert_allclose(np.asarray(gradient)[:, 2:7], expected_gradient, atol=1e-7)


def test_where_one_action_is_allowed_there_is_nothing_to_learn():
    """As for a demolished car: its log-probability and entropy are 0, and the gradient is finite."""
    logits, values, batch = make_batch(np.random.default_rng(2))
    batch = batch._replace(actions=np.zeros(64, np.int32), log_probs=np.zeros(64, np.float32))
    batch = batch._replace(allowed=np.broadcast_to(np.arange(5) == 0, (64, 5)))
    gradient, metrics = jax.grad(
        lambda logits: ppo_loss(logits, jnp.asarray(values), batch, CLIP, VF, ENT), has_aux=True
    )(jnp.asarray(logits))
    assert (float(metrics.entropy), float(metrics.approx_kl), float(metrics.max_ratio_error)) == (0, 0, 0)
    assert not np.asarray(gradient).any()


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
