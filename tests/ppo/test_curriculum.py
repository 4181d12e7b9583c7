"""Stages of the curriculum: when they begin, what they change, and that a resumed run stays in its stage."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.checkpoints import adam_steps
from support.envs import make_config
from support.updates import OVERRIDES, WEIGHTS, make_ppo, make_rollout

from jaxrl.ppo.curriculum import advance
from jaxrl.ppo.in_parts import update_in_parts

STAGES = (
    "curriculum.stages=[{after: {touches_per_minute: 4, goals_per_minute: 0.5}, rewards: {touch: 1, demo: 3}}, "
    "{after: {touches_per_minute: 8}, rewards: {goal: 50}, start_states: {near_ball: 0, random: 2}}]"
)


@pytest.fixture(scope="module")
def config():
    return make_config(STAGES)


def play(config, updates):
    """(stage, averages) after every update with the given (touches, goals)."""
    stage, averages = jnp.int32(0), {"touches_per_minute": jnp.zeros(()), "goals_per_minute": jnp.zeros(())}
    step, seen = jax.jit(lambda *arguments: advance(config.curriculum.stages, *arguments)), []
    for touches, goals in updates:
        figures = {"touches_per_minute": jnp.float32(touches), "goals_per_minute": jnp.float32(goals)}
        stage, averages = step(stage, averages, figures, jnp.float32(0))
        seen.append((int(stage), float(averages["touches_per_minute"])))
    return seen


def test_running_means_by_hand(config):
    """A tenth of the new figure and nine of the old: 10 -> 1, 1.9, 2.71, 3.439, 4.0951: over 4 after the fifth."""
    seen = play(config, [(10, 9)] * 6)
    assert [stage for stage, _ in seen] == [0, 0, 0, 0, 1, 1]
    np.testing.assert_allclose([mean for _, mean in seen], [1, 1.9, 2.71, 3.439, 0, 1], rtol=1e-5)


def test_every_figure_has_to_be_reached(config):
    assert play(config, [(10, 0.4)] * 60)[-1][0] == 0
    assert play(config, [(3.9, 9)] * 60)[-1][0] == 0


def test_the_last_stage_never_ends(config):
    stages = [stage for stage, _ in play(config, [(1000, 1000)] * 10)]
    assert stages == [1, 2, 2, 2, 2, 2, 2, 2, 2, 2]


def test_a_stage_waits_for_steps_of_the_run():
    """The second one for 8,192 of them, counted from the run's begin and as they are, not as a running mean."""
    config = make_config(
        "curriculum.stages=[{after: {touches_per_minute: 4}}, {after: {env_steps: 8192}, rewards: {goal: 1}}]"
    )
    assert config.curriculum.figures == ()
    stage, averages, seen = jnp.int32(0), {"touches_per_minute": jnp.zeros(())}, []
    for steps, touches in ((9000, 10), (9100, 0), (9200, 50), (9300, 50)):
        stage, averages = advance(
            config.curriculum.stages, stage, averages, {"touches_per_minute": jnp.float32(touches)}, steps
        )
        seen.append(int(stage))
    assert seen == [0, 0, 1, 2]  # means of 1, 0.9 and 5.81; by then the steps are long reached
    stages = config.curriculum.stages
    assert [int(advance(stages, jnp.int32(1), averages, averages, steps)[0]) for steps in (8191, 8192)] == [1, 2]


def test_an_update_counts_its_own_steps_for_the_next_stage():
    """The stage begins with the update that reaches so many, at the number that `stage_starts` then names."""
    ppo = make_ppo(make_config(*OVERRIDES))
    size = make_rollout(ppo.game).terminated.size
    ppo = make_ppo(make_config(*OVERRIDES, f"curriculum.stages=[{{after: {{env_steps: {2 * size}}}}}]"))
    state, update, stages = jax.jit(ppo.init)(), jax.jit(ppo.update), []
    for seed in range(3):
        state, _ = update(state, make_rollout(ppo.game, seed=seed), WEIGHTS)
        stages.append(int(state.stage))
    assert stages == [0, 1, 1]
    assert state.begun[0] == 2 * size


def test_without_stages_there_is_one():
    assert [stage for stage, _ in play(make_config(), [(1000, 1000)] * 3)] == [0, 0, 0]


def test_weights_are_laid_over_those_of_earlier_stages(config):
    first = make_config()
    assert config.reward_weights(0) == first.rewards
    assert config.reward_weights(1) == first.rewards | {"touch": 1, "demo": 3}
    assert config.reward_weights(2) == first.rewards | {"touch": 1, "demo": 3, "goal": 50}
    starts = first.environment.start_states
    assert config.start_weights(1) == config.start_weights(0) == starts
    assert config.start_weights(2) == starts | {"near_ball": 0, "random": 2}


def test_names_of_later_stages_are_known_from_the_start():
    """Or the update would have to be compiled again, and the workers to import something new."""
    config = make_config(
        "environment.start_states={kickoff: 1}",
        "curriculum.stages=[{after: {speed_to_ball: 500}, rewards: {my.module:term: 2}, start_states: {random: 1}}]",
    )
    assert config.reward_weights(0)["my.module:term"] == 0
    assert config.reward_weights(1)["my.module:term"] == 2
    assert list(config.start_weights(0)) == list(config.start_weights(1))


TUNED = {"learning_rate": 2e-3, "gamma": 0.9, "gae_lambda": 0.3, "ent_coef": 0.2}


def test_what_a_stage_changes_of_the_training_stays_changed():
    config = make_config(
        "curriculum.stages=[{after: {speed_to_ball: 500}, training: {gamma: 0.9}}, "
        "{after: {speed_to_ball: 900}, training: {gamma: 0.8, learning_rate: 1e-4}}, {after: {speed_to_ball: 999}}]",
    )
    first, *later = config.trainings
    assert first == config.training
    assert [each.gamma for each in later] == [0.9, 0.8, 0.8]
    assert [each.learning_rate for each in later] == [first.learning_rate, 1e-4, 1e-4]
    unchanged = {"gamma": first.gamma, "learning_rate": first.learning_rate}
    assert all(each.model_copy(update=unchanged) == first for each in later)


@pytest.mark.parametrize("key", TUNED)
@pytest.mark.parametrize("whole", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_stage_learns_as_a_run_with_its_numbers_would(key, whole):
    """An update in stage 1 is that of a config which has the number outright; one in stage 0 is that of the first."""
    stage = f"{{after: {{speed_to_ball: 1e9}}, training: {{{key}: {TUNED[key]}}}}}"
    plain = make_ppo(make_config(*OVERRIDES))
    outright = make_ppo(make_config(*OVERRIDES, f"training.{key}={TUNED[key]}"))
    staged = make_ppo(make_config(*OVERRIDES, f"curriculum.stages=[{stage}]"))

    def learn(ppo, stage):
        state = jax.jit(ppo.init)().replace(stage=jnp.int32(stage))
        update = jax.jit(ppo.update) if whole else update_in_parts(ppo)
        for seed in range(2):
            state, metrics = update(state, make_rollout(ppo.game, seed=seed), WEIGHTS)
        parts = state.params, state.return_stats, state.accumulators
        return [np.asarray(leaf) for leaf in jax.tree.leaves((*parts, metrics.learning_rate, metrics.entropy_coef))]

    before, after = learn(plain, 0), learn(outright, 0)
    assert any(np.abs(a - b).max() > 1e-4 for a, b in zip(before, after, strict=True))
    for expected, found in ((before, learn(staged, 0)), (after, learn(staged, 1))):
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(a, b, 2e-5, 2e-5)


@pytest.mark.parametrize("whole", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_longer_rollout_is_learnt_from_as_in_a_run_that_has_them(whole):
    """Twice as long and in eight minibatches from stage 1 on; of the old length one may still wait then."""
    stage = "{after: {speed_to_ball: 1e9}, training: {n_steps: 32, n_minibatches: 8}}"
    staged = make_ppo(make_config(*OVERRIDES, "training.averaging=0.5", f"curriculum.stages=[{stage}]"))

    def learn(ppo, stage, n_steps):
        state = jax.jit(ppo.init)().replace(stage=jnp.int32(stage))
        update = jax.jit(ppo.update) if whole else update_in_parts(ppo)
        for seed in range(2):
            state, metrics = update(state, make_rollout(ppo.game, seed=seed, n_steps=n_steps), WEIGHTS)
        parts = state.params, state.mean_params, state.return_stats, state.accumulators
        return (
            state.num_env_steps,
            adam_steps(state),
            [np.asarray(leaf) for leaf in jax.tree.leaves((*parts, metrics.loss))],
        )

    plain = make_ppo(make_config(*OVERRIDES, "training.averaging=0.5"))
    longer = ("training.averaging=0.5", "training.n_steps=32", "training.n_minibatches=8")
    outright = make_ppo(make_config(*OVERRIDES, *longer))
    for ppo, n_steps, minibatches in ((plain, 16, 4), (outright, 32, 8)):
        steps, taken, expected = learn(ppo, 0, n_steps)
        assert (steps, taken) == (2 * 4 * n_steps, 2 * 4 * minibatches), "updates x arenas or epochs"
        found = learn(staged, 1, n_steps)
        assert found[:2] == (steps, taken)
        for a, b in zip(expected, found[2], strict=True):
            np.testing.assert_allclose(a, b, 2e-5, 2e-5)
