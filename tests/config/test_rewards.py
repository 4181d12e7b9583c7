"""Weights of reward terms that are more than a number: what may be written, what it means, what is said otherwise."""

from pathlib import Path

import pytest

from jaxrl.config.load import dump_config, load_config
from jaxrl.config.rewards import RewardWeight
from jaxrl.errors import UserError

FINAL = Path(__file__).parents[2] / "configs" / "final.yaml"
MOVING = "rewards.goal={from: 5, to: 0.5, over: 2e7, zero_sum: 1}"


def weight(*overrides: str, term="goal"):
    return load_config(FINAL, overrides).rewards[term]


def test_what_may_be_written():
    assert weight() == 50, "a number stays a number"
    shared = weight("rewards.goal={weight: 10, zero_sum: 1, team_spirit: 0.3}")
    assert (shared.weight, shared.zero_sum, shared.team_spirit) == (10, 1, 0.3)
    assert (shared.is_shared, shared.moves) == (True, False)
    moving = weight("rewards.goal={from: 5, to: 0.5, over: 20_000_000}")
    assert (moving.first, moving.to, moving.over) == (5, 0.5, 20_000_000)
    assert (moving.is_shared, moving.moves) == (False, True)
    assert weight(MOVING).is_shared
    assert weight("rewards.goal={weight: 3}").at(1e9) == 3


def test_a_moving_weight_by_hand():
    """From 5 down by 4.5 in 20 million steps: half way 2.75, before it 5, after it 0.5 exactly."""
    moving = RewardWeight.model_validate({"from": 5, "to": 0.5, "over": 20_000_000})
    assert [moving.at(steps) for steps in (-1, 0, 10_000_000, 20_000_000, 10**12, float("inf"))] == [
        *(5, 5, 2.75),
        *(0.5, 0.5, 0.5),
    ]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["rewards.goal.weight=3"], {"weight": 3}),
        (["rewards.goal.zero_sum=1"], {"weight": 50, "zero_sum": 1}),
        (
            ["rewards.goal.zero_sum=1", "rewards.goal.team_spirit=0.5"],
            {"weight": 50, "zero_sum": 1, "team_spirit": 0.5},
        ),
        ([MOVING, "rewards.goal.over=1e6"], {"from": 5, "to": 0.5, "over": 1_000_000, "zero_sum": 1}),
        ([MOVING, "rewards.goal.weight=7"], {"weight": 7, "zero_sum": 1}),
        (
            ["rewards.goal.zero_sum=1", "rewards.goal={from: 1, to: 2, over: 3}"],
            {"from": 1, "to": 2, "over": 3, "zero_sum": 1},
        ),
    ],
)
def test_keys_are_laid_over_what_is_there(overrides, expected):
    """As sections are; a weight and its movement replace each other, and a plain number becomes the weight."""
    assert weight(*overrides) == RewardWeight.model_validate(expected)


def test_a_number_replaces_everything():
    assert weight(MOVING, "rewards.goal=7") == 7


def test_a_term_of_ones_own_has_keys_too():
    config = load_config(FINAL, ["rewards.my.module:term={weight: 2}", "rewards.my.module:term.zero_sum=0.5"])
    assert config.rewards["my.module:term"] == RewardWeight(weight=2, zero_sum=0.5)


def test_a_recipe_that_extends_another(tmp_path):
    (tmp_path / "base.yaml").write_text("rewards: {goal: {weight: 10, zero_sum: 1}, touch: 3}\n")
    (tmp_path / "mine.yaml").write_text(
        "extends: base.yaml\nrewards: {goal: {team_spirit: 0.5}, touch: {zero_sum: 1}}\n"
    )
    rewards = load_config(tmp_path / "mine.yaml").rewards
    assert rewards["goal"] == RewardWeight(weight=10, zero_sum=1, team_spirit=0.5)
    assert rewards["touch"] == RewardWeight(weight=3, zero_sum=1)


def test_it_is_written_as_a_person_would_and_read_back(tmp_path):
    stages = "curriculum.stages=[{after: {speed_to_ball: 9}, rewards: {touch: {from: 1, to: 2, over: 30}}}]"
    config = load_config(FINAL, [MOVING, "rewards.touch.zero_sum=0.5", stages])
    text = dump_config(config)
    assert "  goal:\n    from: 5.0\n    to: 0.5\n    over: 20000000\n    zero_sum: 1.0\n" in text
    assert "  touch:\n    weight: 3.0\n    zero_sum: 0.5\n" in text
    (tmp_path / "again.yaml").write_text(text)
    assert load_config(tmp_path / "again.yaml") == config
    assert dump_config(load_config(FINAL)).count("weight:") == 0


def test_it_is_described_in_words():
    assert str(weight(MOVING)) == "5 -> 0.5 over 20,000,000 steps, zero_sum 1"
    assert str(weight("rewards.goal={weight: 10, team_spirit: 0.3}")) == "10, team_spirit 0.3"


WRONG = [
    ("rewards.goal.zero_sum=2", ["rewards.goal.zero_sum: 2: ", "less than or equal to 1"]),
    ("rewards.goal.team_spirit=-0.1", ["rewards.goal.team_spirit: -0.1: ", "greater than or equal to 0"]),
    ("rewards.goal.zero_sum=yes please", ["rewards.goal.zero_sum: 'yes please'", "number"]),
    ("rewards.goal.zero_som=1", ["rewards.goal.zero_som: unknown key", "did you mean 'zero_sum'?"]),
    ("rewards.goal.weigh=3", ["rewards.goal.weigh: unknown key", "did you mean 'weight'?"]),
    ("rewards.goal={form: 5, to: 1, over: 9}", ["rewards.goal.form: unknown key", "did you mean 'from'?"]),
    ("rewards.my.mod:term={weight: 1, zerosum: 1}", ["rewards.my.mod:term.zerosum: unknown key", "'zero_sum'"]),
    ("rewards.gaol.weight=3", ["rewards.gaol: ", "unknown reward term; did you mean 'goal'?"]),
    ("rewards.touch={zero_sum: 1, to: 3}", ["rewards.touch: ", "from and over missing", "from, to and over"]),
    ("rewards.goal={weight: 1, from: 5, to: 1, over: 9}", ["rewards.goal: ", "either weight, or from, to and over"]),
    ("rewards.goal={from: 5, to: 1, over: 0}", ["rewards.goal.over: 0: ", "greater than or equal to 1"]),
    ("rewards.goal={from: 5, to: 1, over: 2.5}", ["rewards.goal.over: 2.5: ", "integer"]),
    ("rewards.goal={from: .inf, to: 1, over: 2}", ["rewards.goal.from: ", "finite number"]),
    ("rewards.goal={weight: [1]}", ["rewards.goal.weight: [1]", "number"]),
    ("rewards.goal=[1]", ["rewards.goal: [1]", "number"]),
    ("rewards.goal=high", ["rewards.goal: 'high'", "number"]),
    (
        "curriculum.stages=[{after: {speed_to_ball: 1}, rewards: {goal: {weight: 1, zero_som: 1}}}]",
        ["curriculum.stages.0.rewards.goal.zero_som: unknown key", "did you mean 'zero_sum'?"],
    ),
    (
        "curriculum.stages=[{after: {speed_to_ball: 1}, rewards: {goal: {zero_sum: 1}}}]",
        ["curriculum.stages.0.rewards.goal: ", "must hold weight, or from, to and over"],
    ),
]


@pytest.mark.parametrize(("override", "parts"), WRONG)
def test_mistakes_are_one_line(override, parts):
    with pytest.raises(UserError) as caught:
        load_config(FINAL, [override])
    message = str(caught.value)
    assert message.startswith(f"--set {override}: ")
    assert len(message.splitlines()) == 1
    for part in parts:
        assert part in message
