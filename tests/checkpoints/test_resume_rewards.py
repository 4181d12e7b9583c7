"""Resuming what reward terms remember, and when the stages began that weigh them."""

from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.checkpoints import assert_same_bits
from support.halfway import make_ppo, save_halfway

from jaxrl.checkpoints.resume import resume, without_episodes
from jaxrl.checkpoints.training_state import save_checkpoint
from jaxrl.game.rewards.memory import with_memory
from jaxrl.ppo.update import PPO


@pytest.fixture(scope="module")
def ppo():
    return make_ppo()


@pytest.fixture(scope="module")
def halfway(ppo, tmp_path_factory):
    """A checkpoint after half of a run: (folder, state, example states)."""
    folder = tmp_path_factory.mktemp("halfway") / "checkpoint_48"
    return folder, *save_halfway(folder, ppo)


class Flight(NamedTuple):
    """What two of the terms below remember."""

    since: float
    begun: np.ndarray


def remembers(start):
    return with_memory(start)(lambda carry, state, next_state, actions: (carry, next_state.boost))


TERMS = {
    "my.terms:count": remembers(7.0),
    "flight": remembers(Flight(-1.0, np.zeros(3))),
    "pair": remembers((1.0, {"a": 2.0})),
}


def with_terms(ppo, **terms):
    return PPO(ppo.config, replace(ppo.game, memory_terms=terms))


@pytest.fixture(scope="module")
def remembering(ppo, halfway, tmp_path_factory):
    """A checkpoint of a run with three such terms: (ppo, folder, state)."""
    ppo = with_terms(ppo, **TERMS)
    carries = jax.tree.map(lambda leaf: leaf + 3, jax.jit(ppo.init)().reward_carry)
    state = halfway[1].replace(reward_carry=carries)
    folder = tmp_path_factory.mktemp("remembering") / "checkpoint_48"
    save_checkpoint(folder, state, ppo.config, ppo, halfway[2])
    return ppo, folder, state


def test_what_reward_terms_remember_is_resumed(remembering):
    ppo, folder, state = remembering
    lines = []
    resumed = resume(folder, ppo.config, ppo, lines.append)
    assert lines == []
    assert_same_bits(resumed, state)
    assert isinstance(resumed.reward_carry["flight"], Flight)
    np.testing.assert_array_equal(resumed.reward_carry["my.terms:count"], np.full((2, 2), 10))


def test_where_new_episodes_start_terms_remember_nothing(remembering):
    ppo, _, state = remembering
    fresh = without_episodes(state, ppo.config, ppo)
    assert_same_bits(fresh.reward_carry, jax.jit(ppo.init)().reward_carry)
    more = make_ppo("environment.num_envs=4")
    resumed = resume(remembering[1], more.config, with_terms(more, **TERMS), [].append)
    np.testing.assert_array_equal(resumed.reward_carry["my.terms:count"], np.full((4, 2), 7))


def test_a_term_that_is_new_or_remembers_something_else_begins_anew(remembering):
    """The others go on; what is not a term any more is forgotten without a word."""
    ppo, folder, state = remembering
    terms = {"my.terms:count": TERMS["my.terms:count"], "flight": remembers((0.5, 1.5)), "new": remembers(4.0)}
    other, lines = with_terms(ppo, **terms), []
    resumed = resume(folder, other.config, other, lines.append)
    assert lines == [f"{folder}: holds no memory of flight, new as this config has it: it begins anew"]
    assert jax.tree.structure(resumed) == jax.tree.structure(jax.eval_shape(other.init))
    assert_same_bits(resumed.reward_carry["my.terms:count"], state.reward_carry["my.terms:count"])
    for leaf, number in zip(resumed.reward_carry["flight"], (0.5, 1.5), strict=True):
        np.testing.assert_array_equal(leaf, np.full((2, 2), number))
    np.testing.assert_array_equal(resumed.reward_carry["new"], np.full((2, 2), 4))
    assert_same_bits(resumed.params, state.params)


def test_a_checkpoint_of_a_run_without_such_terms(halfway, ppo):
    other, lines = with_terms(ppo, **TERMS), []
    resumed = resume(halfway[0], other.config, other, lines.append)
    assert len(lines) == 1
    assert_same_bits(resumed.reward_carry, jax.jit(other.init)().reward_carry)


def test_no_stage_of_another_curriculum_has_begun(halfway):
    folder, state, _ = halfway
    ppo = make_ppo("curriculum.stages=[{after: {speed_to_ball: 500}, rewards: {goal: 1}}]")
    resumed = resume(folder, ppo.config, ppo, [].append)
    assert np.asarray(state.stage_starts).any()
    assert not np.asarray(resumed.stage_starts).any()


LED_THERE = "{after: {speed_to_ball: 500}, rewards: {goal: 1}}, {after: {touches_per_minute: 9}}"


@pytest.mark.parametrize(
    ("stages", "stage"),
    [
        (LED_THERE + ", {after: {boost_held: 20}, training: {gamma: 0.99}}", 2),  # one more to come
        (LED_THERE.replace("goal: 1", "goal: 5"), 2),  # other weights on the way
        ("{after: {speed_to_ball: 500}}, {after: {touches_per_minute: 8}}", 0),
        ("{after: {speed_to_ball: 500}}", 0),
    ],
)
def test_a_stage_is_kept_where_the_thresholds_up_to_it_are(tmp_path, stages, stage):
    before = make_ppo(f"curriculum.stages=[{LED_THERE}]")
    state, examples = save_halfway(tmp_path / "checkpoint_48", before)
    state = state.replace(stage=jnp.int32(2))
    save_checkpoint(tmp_path / "checkpoint_48", state, before.config, before, examples)
    after, lines = make_ppo(f"curriculum.stages=[{stages}]"), []
    resumed = resume(tmp_path / "checkpoint_48", after.config, after, lines.append)
    assert int(resumed.stage) == stage
    assert resumed.stage_averages.keys() == jax.eval_shape(after.init).stage_averages.keys()
    assert not any(resumed.stage_averages.values()), "a stage begins on the strength of its own rollouts"
    assert_same_bits(resumed.stage_starts, state.stage_starts if stage else np.zeros_like(state.stage_starts))
    kept = "another curriculum, the same thresholds up to stage 2: it goes on there"
    assert [line for line in lines if "curriculum" in line] == [
        kept if stage else "another curriculum: it begins with its first stage"
    ]
