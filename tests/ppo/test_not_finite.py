"""NaN and infinity: named where they came from, and nothing of what was learnt is touched by them."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.updates import CONFIG, WEIGHTS, make_ppo, make_rollout

from jaxrl.errors import NumberError
from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.state import unpack
from jaxrl.ppo.update import PPO
from jaxrl.training.nan_guard import MAX_IN_A_ROW, NanGuard

COUNTERS = ("updates", "env_steps", "key")
WEIGHTS = WEIGHTS | {"latch": np.float32(1)}


@with_memory(0.0)
def latch(carry, state, next_state, actions):
    """Remembers NaN where blue has 97 goals, and does not show it in its value."""
    return jnp.where(state.score[..., :1] == 97, jnp.nan, carry), jnp.zeros_like(carry)


@pytest.fixture(scope="module")
def ppo():
    """`touch` is NaN in states where blue has scored 99 goals, and infinite where it has 98."""
    ppo = make_ppo()

    def rewards(states, next_states, actions):
        terms = ppo.game.rewards(states, next_states, actions)
        score = unpack(states).score[..., :1]
        broken = jnp.where(score == 99, jnp.nan, jnp.where(score == 98, jnp.inf, terms["touch"]))
        return terms | {"touch": broken}

    return PPO(CONFIG, replace(ppo.game, rewards=rewards, memory_terms={"latch": latch}))


@pytest.fixture(scope="module")
def update(ppo):
    return jax.jit(ppo.update)


def poisoned(ppo, column, value):
    rollout = make_rollout(ppo.game)
    rollout.states[5, 2, column] = value
    return rollout


def assert_untouched(old, new):
    for name in vars(old):
        same = jax.tree.map(lambda a, b: bool(jnp.array_equal(a, b)), getattr(old, name), getattr(new, name))
        assert all(jax.tree.leaves(same)) == (name not in COUNTERS), name


def test_a_healthy_update_learns(ppo, update):
    state = jax.jit(ppo.init)()
    new, metrics = update(state, make_rollout(ppo.game), WEIGHTS)
    assert jax.device_get(metrics.not_finite).culprit() is None
    assert int(new.updates) == 1
    assert not np.array_equal(new.obs_stats.mean, state.obs_stats.mean)


@pytest.mark.parametrize(
    ("column", "value", "culprit"),
    [
        (2, np.nan, "the observation"),
        (5, np.inf, "the observation"),
        (0, 99, "reward term touch"),
        (0, 98, "reward term touch"),
    ],
)
def test_the_culprit_is_named_and_nothing_is_learnt(ppo, update, column, value, culprit):
    """Column 2 is where the ball is, 5 its speed; a score is not part of the observation."""
    state, _ = update(jax.jit(ppo.init)(), make_rollout(ppo.game), WEIGHTS)
    new, metrics = update(state, poisoned(ppo, column, value), WEIGHTS)
    assert jax.device_get(metrics.not_finite).culprit() == culprit
    assert_untouched(state, new)
    assert (int(new.updates), new.num_env_steps) == (2, 2 * state.num_env_steps)
    # and the next rollout is learnt from as if nothing had been
    again, metrics = update(new, make_rollout(ppo.game), WEIGHTS)
    assert jax.device_get(metrics.not_finite).culprit() is None
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(again.params))


def test_the_memory_of_a_term_is_named(ppo, update):
    """NaN in a memory would show in the values of some later rollout; the memory before this one is kept."""
    rollout = make_rollout(ppo.game)
    rollout.states[9, 2, 0] = 97
    state = jax.jit(ppo.init)()
    new, metrics = update(state, rollout, WEIGHTS)
    assert jax.device_get(metrics.not_finite).culprit() == "the memory of reward term latch"
    assert_untouched(state, new)


def test_a_memory_that_was_broken_in_an_episode_that_is_over_does_no_harm(ppo, update):
    """The episode of this arena ends two decisions later, and nothing was learnt from the NaN."""
    rollout = make_rollout(ppo.game)
    rollout.states[5, 2, 0] = 97
    _, metrics = update(jax.jit(ppo.init)(), rollout, WEIGHTS)
    assert jax.device_get(metrics.not_finite).culprit() is None


def test_a_loss_that_is_none(ppo, update):
    """Parameters that are NaN already give no more than the loss to go by: nothing before it was wrong."""
    state = jax.jit(ppo.init)()
    broken = state.replace(params=jax.tree.map(lambda x: x * jnp.nan, state.params))
    _, metrics = update(broken, make_rollout(ppo.game), WEIGHTS)
    assert jax.device_get(metrics.not_finite).culprit() == "the loss"


def watch_of(on_nan):
    lines = []
    return NanGuard(on_nan, lines.append), lines


@pytest.fixture(scope="module")
def good_and_bad(ppo, update):
    return [
        update(jax.jit(ppo.init)(), rollout, WEIGHTS)[1] for rollout in (make_rollout(ppo.game), poisoned(ppo, 0, 99))
    ]


def test_skipped_updates_are_told_and_counted(good_and_bad):
    (good, bad), (watch, lines) = good_and_bad, watch_of("skip")
    for number, metrics in enumerate([good, bad, good, bad]):
        watch.check(metrics, number)
    assert watch.dropped == 2
    assert lines == [f"update {n}: NaN or infinity in reward term touch: the update was dropped" for n in (1, 3)]


def test_too_many_in_a_row_stop_the_run(good_and_bad):
    (good, bad), (watch, _) = good_and_bad, watch_of("skip")
    for metrics in [bad] * (MAX_IN_A_ROW - 1) + [good] + [bad] * (MAX_IN_A_ROW - 1):
        watch.check(metrics, 7)
    with pytest.raises(NumberError, match="update 8: NaN or infinity in reward term touch, for the 10th time in a row"):
        watch.check(bad, 8)


def test_stop_means_the_first(good_and_bad):
    (good, bad), (watch, lines) = good_and_bad, watch_of("stop")
    watch.check(good, 1)
    with pytest.raises(NumberError, match=r"update 2: NaN or infinity in reward term touch \(training.on_nan: stop\)"):
        watch.check(bad, 2)
    assert lines == []
