"""Schedules in environment steps: first, middle and last values exact."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.checkpoints import adam_steps
from support.envs import Probe, make_config, one_agent_game, one_step, train_on, zeros

from jaxrl.config.batch import Batch
from jaxrl.ppo.optimizer import entropy_schedule, learning_rate_schedule, make_optimizer, steps_at
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Collector


def config_of(updates, *overrides, epochs=2, minibatches=2):
    return make_config(
        "environment.num_envs=4",
        "training.n_steps=8",
        f"training.total_timesteps={32 * updates}",
        f"training.n_epochs={epochs}",
        f"training.n_minibatches={minibatches}",
        "training.learning_rate=3e-4",
        "training.final_lr=5e-5",
        "training.ent_coef=0.01",
        "training.final_ent_coef=0.001",
        *overrides,
    )


SCHEDULES = pytest.mark.parametrize(
    ("schedule", "first", "last"), [(learning_rate_schedule, 3e-4, 5e-5), (entropy_schedule, 0.01, 0.001)]
)


@SCHEDULES
def test_first_middle_last(schedule, first, last):
    """21 updates of 3 x 1 optimizer steps: numbers 0 to 62, the middle one is 31; each stands for 32 / 3 steps."""
    config = config_of(21, epochs=3, minibatches=1)
    rates = schedule(config.trainings, config.batch)

    def values(step):
        return rates(step * 32 / 3, 0)

    assert float(values(0)) == pytest.approx(first, rel=1e-6)
    assert float(values(31)) == pytest.approx((first + last) / 2, rel=1e-6)
    assert float(values(62)) == pytest.approx(last, rel=1e-6)
    assert float(values(61)) > last
    assert float(values(1000)) == pytest.approx(last, rel=1e-6)


@SCHEDULES
def test_a_cool_down_in_the_last_fifth(schedule, first, last):
    """51 optimizer steps, numbers 0 to 50: the rate stays until 40, is half way at 45, and at its end at 50."""
    config = config_of(51, "training.cooldown=0.2", epochs=1, minibatches=1)
    rates = schedule(config.trainings, config.batch)
    expected = {0: first, 40: first, 45: (first + last) / 2, 50: last, 1000: last}
    assert {step: float(rates(step * 32, 0)) for step in expected} == pytest.approx(expected, rel=1e-6)
    assert float(rates(41 * 32, 0)) < first


@SCHEDULES
def test_without_a_cool_down_the_rate_stays(schedule, first, last):
    config = config_of(51, "training.cooldown=0", epochs=1, minibatches=1)
    rates = schedule(config.trainings, config.batch)
    assert [float(rates(step * 32, 0)) for step in (0, 25, 50)] == pytest.approx([first] * 3, rel=1e-6)


def test_the_run_uses_every_step_of_the_schedule():
    """A whole run of 5 updates: the logged rates lie on the line, and the next step would be past its end."""
    config = config_of(5)
    _, state, history = train_on(Probe(4, zeros, one_step), one_agent_game(lambda s, n, a: s), config, 5)
    steps = np.arange(5) * 4  # 2 epochs x 2 minibatches an update
    expected = 3e-4 + (5e-5 - 3e-4) * steps / 19
    np.testing.assert_allclose([m.learning_rate for m in history], expected, rtol=1e-6)
    np.testing.assert_allclose([m.entropy_coef for m in history], 0.01 + (0.001 - 0.01) * steps / 19, rtol=1e-6)
    assert (state.num_env_steps, adam_steps(state)) == (5 * 32, 20)
    last = steps_at(state.env_steps - jnp.uint32([0, 32]), config.batch)[-1, -1]
    np.testing.assert_allclose(learning_rate_schedule(config.trainings, config.batch)(last, 0), 5e-5, rtol=1e-6)


def test_total_that_is_no_multiple_of_the_batch():
    """ceil(total / batch) updates: 33 steps of 32 a batch are two updates."""
    config = make_config("environment.num_envs=4", "training.n_steps=8", "training.total_timesteps=33")
    assert config.batch.updates(config.training.total_timesteps) == 2
    schedule = learning_rate_schedule(config.trainings, config.batch)
    last = steps_at(jnp.uint32([0, 32]), config.batch)[-1, -1]
    assert float(schedule(last, 0)) == pytest.approx(config.training.final_lr, rel=1e-6)
    assert float(schedule(last - 1, 0)) > config.training.final_lr


def test_steps_of_a_long_run_are_counted_in_two_words():
    """Beyond 2**32, to what a float32 holds: 3 x 2**32 + 8192, and 64 optimizer steps of 4096 / 64 each."""
    batch = Batch(num_envs=8, num_cars=2, n_steps=512, n_epochs=4, n_minibatches=16)
    found = steps_at(jnp.uint32([3, 8192]), batch)
    expected = 3 * 2**32 + 8192 + 64.0 * np.arange(64).reshape(4, 16)
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    np.testing.assert_array_equal(steps_at(jnp.uint32([0, 8192]), batch), expected - 3 * 2**32)


def test_adam_with_clipped_gradients():
    """Adam's first direction has length 1 whatever the gradient; its second moment shows the clipping."""
    optimizer = make_optimizer(config_of(5).training.max_grad_norm)
    params = {"w": jnp.zeros(2)}
    directions, state = optimizer.update({"w": jnp.array([30.0, 40.0])}, optimizer.init(params), params)
    np.testing.assert_allclose(directions["w"], np.ones(2), rtol=1e-3)
    second_moments = [leaf for leaf in jax.tree.leaves(state) if leaf.shape == (2,)][1]
    # norm 50 clipped to 0.5: (0.3, 0.4), squared, times 1 - 0.999
    np.testing.assert_allclose(second_moments, 0.001 * np.array([0.09, 0.16]), rtol=1e-5)


@pytest.mark.parametrize("step", [0, 2, 4])
def test_a_step_has_the_length_of_the_scheduled_rate(step):
    """One optimizer step from fresh moments moves the parameter with the largest gradient by the rate at that count."""
    config = config_of(5, epochs=1, minibatches=1)
    env, game = Probe(4, zeros, one_step), one_agent_game(lambda s, n, a: jnp.ones(a.shape))
    ppo = PPO(config, game)
    before = jax.jit(ppo.init)().replace(env_steps=jnp.uint32([0, 32 * step]))
    rollout = Collector(env, 8, 1, 32, 0).collect(lambda s, u: np.zeros((4, 1), np.int32), 0)
    after, _ = jax.jit(ppo.update)(before, rollout, {"reward": np.float32(1)})
    moved = max(
        float(jnp.abs(a - b).max()) for a, b in zip(*map(jax.tree.leaves, (before.params, after.params)), strict=True)
    )
    rate = 3e-4 + (5e-5 - 3e-4) * min(step / 4, 1)
    assert moved == pytest.approx(rate, rel=1e-2)
