"""What arrives from nodes: joined it is the rollout of all arenas, and nothing that is dropped breaks anything off."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.checkpoints import SETTINGS, assert_same_bits
from support.envs import ToyCars, make_config

from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.state import unpack
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import make_game
from jaxrl.training.cluster.intake import Intake, repadded
from jaxrl.training.step import compile_programs

WEIGHTS = {"speed": np.float32(0.5), "count": np.float32(0.01)}


@with_memory(0.0)
def count(decisions, state, next_state, actions):
    """Decisions since the episode began."""
    return decisions + 1, decisions + 1


def make_ppo(num_envs=4):
    config = make_config(*SETTINGS, f"environment.num_envs={num_envs}", "training.n_minibatches=4")

    def rewards(states, next_states, actions):
        return {"speed": unpack(next_states).velocity[..., 1] / 1000}

    plain = dict(statistics=lambda states, next_states: {}, statistic_names=(), choices={}, figures=())
    return PPO(config, replace(make_game(config), rewards=rewards, memory_terms={"count": count}, **plain))


@pytest.fixture(scope="module")
def ppo():
    return make_ppo()


@pytest.fixture(scope="module")
def programs(ppo):
    return compile_programs(ppo, overlap=True)


@pytest.fixture(scope="module")
def state(ppo):
    return jax.jit(ppo.init)()


class Node:
    """Two arenas somewhere."""

    def __init__(self, ppo, programs, seed):
        self._programs = programs
        self._collector = Collector(ToyCars(2, 2, limit=5, seed=seed), ppo.config.training.n_steps, 2, 4, seed)
        self.sent = []
        self.lengthen = self._collector.set_n_steps

    def collect(self, state):
        rollout = self._collector.collect(self._programs.policy(state), len(self.sent))
        self.sent.append(jax.tree.map(np.copy, rollout))
        return self.sent[-1]


def make_intake(ppo, **more):
    return Intake(ppo, num_envs=2, wanted=2, slots=4, **({"max_lag": 3} | more))


def after(state, updates):
    return state.replace(updates=jnp.int32(updates))


def test_two_rollouts_are_one_of_all_arenas(ppo, programs, state):
    """Arena n of the second is arena 2 + n, and its episodes ended there."""
    one, two = (Node(ppo, programs, seed).collect(state) for seed in (1, 2))
    both = repadded([one, two], 16)
    assert both.states.shape == (9, 4, ppo.game.state_size)
    np.testing.assert_array_equal(both.actions[:, :2], one.actions)
    np.testing.assert_array_equal(both.log_probs[:, 2:], two.log_probs)
    assert both.weight is None
    for part, first in ((one, 0), (two, 2)):
        expected = part.next_states()
        np.testing.assert_array_equal(both.next_states()[:, first : first + 2], expected)
    ended = int((both.terminated | both.truncated).sum())
    assert ended > 0
    assert int((both.final_index[:, 0] < 8).sum()) == ended


def test_episodes_add_up_as_if_nobody_had_been_far_away(ppo, programs, state):
    """Two nodes, three rounds: each batch starts with what an update of one machine has after the same rollouts."""
    nodes, intake, here = [Node(ppo, programs, seed) for seed in (1, 2)], make_intake(ppo), state
    for _ in range(3):
        for number, node in enumerate(nodes):
            assert intake.accept(number, int(here.updates), node.collect(here), WEIGHTS)
        carried, rollout, lag = intake.take(here)
        assert lag == 0
        assert_same_bits(jax.tree.map(np.asarray, carried.accumulators), jax.tree.map(np.asarray, here.accumulators))
        assert_same_bits(jax.tree.map(np.asarray, carried.reward_carry), jax.tree.map(np.asarray, here.reward_carry))
        here, _ = programs.update(carried, rollout, WEIGHTS)
    assert np.asarray(here.reward_carry["count"]).any()


def test_a_node_may_be_in_a_batch_twice(ppo, programs, state):
    """Its second rollout goes on where its first has ended: one that is alone is learnt from all the same."""
    node, intake = Node(ppo, programs, 1), make_intake(ppo)
    for _ in range(2):
        intake.accept(0, 0, node.collect(state), WEIGHTS)
    carried, _, _ = intake.take(state)
    steps = np.asarray(carried.accumulators.episode_steps)
    done = node.sent[0].terminated | node.sent[0].truncated
    since = [8 - 1 - max([-1, *np.flatnonzero(done[:, n])]) for n in range(2)]
    np.testing.assert_array_equal(steps, [0, 0, *since])
    assert any(since)


def test_what_is_too_old_is_dropped_and_counted(ppo, programs, state):
    node, intake = Node(ppo, programs, 1), make_intake(ppo, max_lag=1)
    for version in (3, 4, 5):
        intake.accept(0, version, node.collect(state), WEIGHTS)
    _, rollout, lag = intake.take(after(state, 5))
    assert (lag, intake.dropped) == (0.5, 1)
    np.testing.assert_array_equal(rollout.actions[:, :2], node.sent[1].actions)
    assert intake.take(after(state, 5)) is None


def test_rollouts_as_long_as_an_earlier_stage_had_them_are_dropped(programs, state):
    """Of eight decisions, where the stage has nine by now: played, dropped and counted; one of nine is taken."""
    stages = "curriculum.stages=[{after: {speed_to_ball: 1e9}, training: {n_steps: 9, n_minibatches: 3}}]"
    config = make_config(*SETTINGS, "environment.num_envs=4", "training.n_minibatches=4", stages)
    staged = replace(make_ppo(), config=config)
    node, intake = Node(staged, programs, 1), Intake(staged, num_envs=2, wanted=1, slots=4, max_lag=9)
    intake.accept(0, 0, node.collect(state), WEIGHTS)
    assert intake.take(state.replace(stage=jnp.int32(1))) is None
    assert intake.dropped == 1
    node.lengthen(9)
    intake.accept(0, 0, node.collect(state), WEIGHTS)
    carried, rollout, _ = intake.take(state.replace(stage=jnp.int32(1)))
    assert rollout.actions.shape[0] == 9
    done = node.sent[0].terminated | node.sent[0].truncated
    since = [8 - 1 - max([-1, *np.flatnonzero(done[:, n])]) for n in range(2)]
    np.testing.assert_array_equal(carried.accumulators.episode_steps, since)
    assert any(since)


def test_what_is_dropped_has_still_been_played(ppo, programs, state):
    """The rollout after it begins with the sums that it has where nothing is dropped."""
    node, strict, patient = Node(ppo, programs, 1), make_intake(ppo, max_lag=1), make_intake(ppo, max_lag=9)
    for version in (3, 4, 5):
        rollout = node.collect(state)
        for intake in (strict, patient):
            intake.accept(0, version, rollout, WEIGHTS)
    dropping, _, _ = strict.take(after(state, 5))
    keeping, _, _ = patient.take(after(state, 5))
    for ours, theirs in ((dropping.accumulators, keeping.accumulators), (dropping.reward_carry, keeping.reward_carry)):
        first, second = jax.tree.map(lambda x: x[:2], ours), jax.tree.map(lambda x: x[2:], theirs)
        assert_same_bits(first, second)
    assert dropping.accumulators.episode_steps[:2].any()


@pytest.mark.parametrize("field", ["states", "final_states", "log_probs"])
def test_numbers_that_are_not_finite_are_refused(ppo, programs, state, field):
    node, intake = Node(ppo, programs, 1), make_intake(ppo)
    rollout = node.collect(state)
    broken = getattr(rollout, field).copy()
    broken.flat[7] = np.nan
    assert not intake.accept(0, 0, rollout._replace(**{field: broken}), WEIGHTS)
    assert intake.refused == 1
    for _ in range(2):
        assert intake.accept(0, 0, node.collect(state), WEIGHTS)
    carried, _, _ = intake.take(state)
    np.testing.assert_array_equal(carried.accumulators.episode_steps[:2], 0)  # it goes on as if it were new


def test_more_episodes_than_expected_are_all_kept(ppo, programs, state):
    node, intake = Node(ppo, programs, 1), Intake(ppo, num_envs=2, wanted=1, max_lag=1, slots=1)
    rollout = node.collect(state)
    ended = int((rollout.terminated | rollout.truncated).sum())
    assert ended > 1
    intake.accept(0, 0, rollout, WEIGHTS)
    _, taken, _ = intake.take(state)
    assert int((taken.final_index[:, 0] < 8).sum()) == ended
