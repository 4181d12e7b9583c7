"""What users may import from the packages of reward terms and start states; everything else in them may move."""

import inspect

import pytest

from jaxrl.game import rewards, starts
from jaxrl.game.rewards.registry import TERMS
from jaxrl.game.starts.registry import START_STATES

FACES = {
    rewards: sorted(
        {*TERMS, "MemoryTerm", "RewardTerm", "attacked_goal", "goals_by_car", "own_goal", "with_memory"},
        key=lambda name: (name.islower(), name),
    ),
    starts: [
        "StartFunction",
        "StartState",
        "aerial",
        "air_dribble",
        "anywhere",
        "ceiling",
        "demolished",
        "dribble",
        "flip_reset",
        "goalie",
        "half_flip",
        "high_ball",
        "kickoff",
        "kickoff_like",
        "near_ball",
        "random",
        "recovery",
        "shot",
        "wall",
    ],
}


@pytest.mark.parametrize("package", FACES)
def test_the_names(package):
    assert package.__all__ == FACES[package]
    assert set(package.__all__) <= set(vars(package))


@pytest.mark.parametrize(("package", "built_in"), [(rewards, TERMS), (starts, START_STATES)])
def test_what_a_config_may_name_is_there_for_users_to_build_on(package, built_in):
    assert {name: getattr(package, name) for name in built_in} == built_in


@pytest.mark.parametrize("package", FACES)
def test_every_function_and_class_says_what_it_is(package):
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            assert inspect.getdoc(thing), name
