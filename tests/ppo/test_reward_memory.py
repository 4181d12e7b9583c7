"""Reward terms with memory in the update: across rollouts, through ends of episodes, one scan for all of them."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from support.updates import CONFIG, N, T, make_rollout

from jaxrl.game.game import rocket_league
from jaxrl.game.rewards.memory import run, with_memory
from jaxrl.ppo.reward_memory import first_memory, follow_memory
from jaxrl.ppo.targets import compute_rewards
from jaxrl.ppo.update import PPO
from jaxrl.training.build import check_rewards


@with_memory(0.0)
def airtime(carry, state, next_state, actions):
    """Decisions in a row that ended in the air."""
    carry = (carry + 1) * (1 - next_state.on_ground)
    return carry, carry


@with_memory({"least": 100.0, "used": np.array([0.0, 1.0])})
def tank(carry, state, next_state, actions):
    """What was used of the boost, but for what pads gave; the memory has a number and two."""
    used = (state.boost - next_state.boost).clip(0, None)
    both = carry["used"] + used[..., None]
    least = carry["least"] - used / 100
    return {"used": both, "least": least}, both.sum(-1) + least


TERMS = {"airtime": airtime, "tank": tank}


@pytest.fixture(scope="module")
def ppo():
    game = replace(rocket_league(1, 8, ["touch"]), memory_terms=TERMS)
    return PPO(CONFIG, game)


def decisions(rollout):
    return rollout.states[:-1], rollout.next_states(), rollout.actions, rollout.terminated | rollout.truncated


def test_two_rollouts_are_as_one_long_match(ppo):
    """What numpy gives for both in a row is what the update gets in two parts, weighted, with the totals of all."""
    first, second = (make_rollout(ppo.game, seed=seed) for seed in (0, 1))
    assert any(done.any() for *_, done in map(decisions, (first, second)))
    joined = [np.concatenate(pair) for pair in zip(decisions(first), decisions(second), strict=True)]
    carry, values = run(TERMS, *joined)

    weights = {"touch": np.float32(3), "airtime": np.float32(0.5), "tank": np.float32(-2)}
    rewards = jax.jit(lambda *arguments: compute_rewards(ppo.game, *arguments))
    memory = ppo.init().reward_carry
    for rollout, part in ((first, slice(T)), (second, slice(T, None))):
        found, memory = rewards(rollout, rollout.next_states(), memory, weights)
        assert list(found.terms) == sorted(["touch", *TERMS])
        for name in TERMS:
            np.testing.assert_allclose(found.terms[name], weights[name] * values[name][part], rtol=1e-5)
        np.testing.assert_allclose(found.total, sum(found.terms.values()), rtol=1e-5)
    assert jax.tree.structure(memory) == jax.tree.structure(carry)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5), memory, carry)


def test_one_scan_for_all_terms_and_none_without_any(ppo):
    rollout = make_rollout(ppo.game)

    def scans(terms):
        memory = first_memory(terms, N, 2)
        jaxpr = jax.make_jaxpr(lambda *arguments: follow_memory(terms, memory, *arguments))(*decisions(rollout))
        return str(jaxpr).count("scan[")

    assert scans(TERMS) == 1
    assert scans({}) == 0


def test_a_new_run_remembers_nothing(ppo):
    memory = ppo.init().reward_carry
    assert memory["airtime"].shape == (N, 2)
    np.testing.assert_array_equal(memory["tank"]["least"], np.full((N, 2), 100))
    np.testing.assert_array_equal(memory["tank"]["used"], np.broadcast_to([0, 1], (N, 2, 2)))
    assert PPO(CONFIG, rocket_league(1, 8, ["touch"])).init().reward_carry == {}


def test_terms_are_traced_before_a_run_begins(ppo):
    """So that a mistake in one is told before anything is started."""
    seen = []

    @with_memory(0.0)
    def watched(carry, state, next_state, actions):
        seen.append(actions.shape)
        return carry, carry

    check_rewards(replace(ppo.game, memory_terms={"watched": watched}))
    assert seen == [(1, 2)]
