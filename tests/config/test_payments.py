"""Weights as numbers, at any point of a run."""

import math

import jax
import numpy as np

from jaxrl.config.load import load_config
from jaxrl.config.payments import reward_weights, shared_rewards, weighed_since
from jaxrl.config.schema import Config
from jaxrl.game.rewards.sharing import Payment, number_of

STAGES = (
    "curriculum.stages=["
    "{after: {speed_to_ball: 1}, rewards: {touch: {from: 1, to: 3, over: 100}, demo: {weight: 2, team_spirit: 0.5}}}, "
    "{after: {speed_to_ball: 2}, rewards: {goal: 1}}]"
)
CONFIG = load_config("final", ["rewards.goal={from: 10, to: 0, over: 1000}", "rewards.touch.zero_sum=1", STAGES])


def numbers(weights, *names):
    return [number_of(weights[name]) for name in names]


def test_plain_weights_are_plain_numbers():
    config = load_config("final")
    weights = reward_weights(config)
    assert weights == {name: np.float32(weight) for name, weight in config.rewards.items()}
    assert {type(weight) for weight in weights.values()} == {np.float32}


def test_a_weight_moves_from_the_start_of_the_stage_that_names_it():
    """`goal` over the first 1000 steps of the run; `touch` over 100 from when stage 1 began, also in stage 2."""
    for stage, env_steps, expected in [
        (0, 0, [10, 3]),
        (0, 250, [7.5, 3]),
        (1, 500, [5, 1]),  # stage 1 began at 500
        (1, 550, [4.5, 2]),
        (2, 575, [1, 2.5]),  # stage 2 began at 560 and names goal
        (2, 600, [1, 3]),
        (2, 10**15, [1, 3]),
    ]:
        weights = reward_weights(CONFIG, stage, env_steps, [500, 560, 0])
        np.testing.assert_allclose(numbers(weights, "goal", "touch"), expected, rtol=1e-6)


def test_the_weights_that_a_stage_ends_with():
    assert [numbers(reward_weights(CONFIG, stage, math.inf), "goal", "touch") for stage in range(3)] == [
        [0, 3],
        [0, 3],
        [1, 3],
    ]


def test_every_stage_has_the_same_form():
    """Or the update would be compiled again: `demo` is shared in stage 1 alone, `touch` in stage 0."""
    forms = {str(jax.tree.structure(reward_weights(CONFIG, stage, 70 * stage, [70, 140]))) for stage in range(3)}
    assert len(forms) == 1
    assert reward_weights(CONFIG, 0)["demo"] == Payment(np.float32(0.5), np.float32(0), np.float32(0))
    assert reward_weights(CONFIG, 1)["demo"] == Payment(np.float32(2), np.float32(0), np.float32(0.5))
    assert reward_weights(CONFIG, 0)["touch"].zero_sum == 1
    assert reward_weights(CONFIG, 1)["touch"].zero_sum == 0, "what a stage names, it names whole"
    assert {leaf.dtype for leaf in jax.tree.leaves(reward_weights(CONFIG, 1))} == {np.dtype(np.float32)}


def test_which_terms_are_shared_in_any_stage():
    config = load_config(
        "final",
        [
            "rewards.goal.zero_sum=1",
            "curriculum.stages=[{after: {speed_to_ball: 1}, rewards: {touch: {weight: 1, team_spirit: 1}, goal: 2}}]",
        ],
    )
    assert shared_rewards(config) == {"goal", "touch"}
    assert shared_rewards(Config()) == frozenset()


def test_since_when_a_term_has_its_weight():
    """A stage that names a term gives it its weight until another stage does."""
    stages = (
        "[{after: {speed_to_ball: 1}, rewards: {touch: 1}}, {after: {speed_to_ball: 2}, rewards: {goal: 2, a:b: 1}}]"
    )
    config = load_config("final", [f"curriculum.stages={stages}"])
    assert [weighed_since(config, 2)[name] for name in ("goal", "touch", "demo", "a:b")] == [2, 1, 0, 2]
    assert [weighed_since(config, 1)[name] for name in ("goal", "touch", "demo", "a:b")] == [0, 1, 0, 0]
    assert set(weighed_since(config, 0).values()) == {0}
