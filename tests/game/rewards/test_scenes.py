"""What each reward term pays, and what it must not pay, in scenes played in RocketSim."""

from typing import NamedTuple

import numpy as np
import pytest
from support.scenes import play

from jaxrl.game.rewards.registry import TERMS


class Case(NamedTuple):
    """What a term pays a car in scenes: least and most, in the sum over the scene or in the mean of its decisions."""

    pays: dict[str, tuple[float, float]]
    nothing: tuple[str, ...]  # scenes in which it pays that car nothing, or less
    mean: bool = False
    car: int = 0
    at_most: float = 1e-6  # in these


CASES = {
    "goal": Case({"a goal": (1, 1)}, ("a goal against", "driving")),
    "concede": Case({"a goal against": (1, 1)}, ("a goal", "driving")),
    "touch": Case({"a hard hit": (1, 1), "a soft hit": (1, 1), "a dribble": (1, 1)}, ("driving", "a bump")),
    "strong_touch": Case({"a hard hit": (0.75, 0.9), "a block": (0.5, 0.6)}, ("a soft hit", "a dribble")),
    "touch_acceleration": Case({"a hard hit": (0.9, 1), "a soft hit": (0.05, 0.2)}, ("a block",)),
    "touch_height": Case({"an aerial": (0.85, 0.92), "on the wall": (0.65, 0.72)}, ("a hard hit",)),
    "jump_touch": Case({"a touch after a jump": (1, 1)}, ("a hard hit", "on the wall", "a hop")),
    "wall_touch": Case({"on the wall": (0.55, 0.6)}, ("an aerial", "a hard hit")),
    "speed_to_ball": Case({"a hard hit": (0.8, 0.9)}, ("away from the ball",), mean=True),
    "face_ball": Case({"a hard hit": (0.85, 1)}, ("away from the ball",), mean=True),
    "ball_to_goal": Case({"a hard hit": (1, 3)}, ("backwards",)),
    "alignment": Case({"a hard hit": (0.85, 1)}, ("backwards",), mean=True),
    "boost_kept": Case({"at top speed": (0.9, 0.95)}, ("standing",), mean=True),
    "boost_pickup_small": Case({"a small pad": (0.34, 0.35)}, ("a small pad, full", "a large pad")),
    "boost_pickup_large": Case(
        {"a large pad": (0.99, 1), "a large pad, half full": (0.28, 0.3)}, ("a small pad", "at top speed")
    ),
    "boost_spent": Case(
        {"boost from rest": (0.09, 0.11), "at top speed": (0.125, 0.145)},
        ("a large pad", "a small pad, full", "standing", "driving"),
    ),
    "boost_waste": Case(
        {"a large pad, half full": (0.48, 0.52), "at top speed": (0.2, 0.3)},
        ("a large pad", "a small pad, full", "boost from rest", "standing"),
    ),
    "demo": Case({"a demolition": (1, 1)}, ("a bump",)),
    "demoed": Case({"a demolition": (1, 1)}, ("a bump",), car=1),
    "aerial": Case({"an aerial": (0.65, 0.75)}, ("a hard hit", "on the wall")),
    "aerial_touch": Case({"an aerial": (0.55, 0.65), "a touch after a jump": (0.1, 0.2)}, ("a hard hit",)),
    "double_touch": Case({"two touches of a flight": (1, 1)}, ("an aerial", "a soft hit", "a dribble")),
    "air_dribble": Case({"an air dribble": (10, 15)}, ("an air dribble to the own goal", "a dribble", "falling")),
    "flip_reset": Case(
        {"a flip reset": (1, 1), "an approach from far below": (1, 1)},
        ("a reset of a car that never jumped", "a dribble", "a half flip", "a wavedash", "a touch after a jump"),
    ),
    "flip_reset_used": Case({"a reset used": (0.16, 0.3)}, ("a flip reset", "a flip into the ball without a reset")),
    "flip_reset_approach": Case(
        {"an approach from far below": (0.9, 1.01), "a flip reset": (0.1, 0.2)},
        ("an approach with the roof up", "a reset of a car that never jumped", "an air dribble"),
    ),
    "air": Case({"a hop": (14, 18)}, ("driving", "on the wall")),
    "air_roll": Case({"rolling in the air": (0.8, 1)}, ("falling", "driving"), mean=True),
    "speed": Case({"at top speed": (0.98, 1), "reversing": (0.3, 0.5)}, ("standing",), mean=True, at_most=0.01),
    "forward_speed": Case({"at top speed": (0.98, 1)}, ("reversing",), mean=True),
    "supersonic": Case({"at top speed": (1, 1)}, ("driving", "standing"), mean=True),
    "energy": Case({"at top speed": (0.7, 0.8)}, ("standing",), mean=True, at_most=0.05),
    "stalling": Case({"standing": (0.99, 1)}, ("at top speed", "reversing"), mean=True),
    "turtle": Case({"on the roof": (1, 1)}, ("standing", "a hop", "falling", "on the wall"), mean=True),
    "dribble": Case({"a dribble": (15, 18)}, ("a hard hit", "an air dribble", "a flip reset")),
    "flick": Case({"a flick": (0.25, 0.32)}, ("a dribble", "a flip into the ball without a reset", "a hard hit")),
    "wavedash": Case(
        {"a wavedash": (1, 1), "a wavedash within a decision": (1, 1)},
        ("a hop", "a flip", "a jump right after landing", "a half flip", "driving"),
    ),
    "half_flip": Case({"a half flip": (1, 1)}, ("a backflip", "a flip", "reversing", "a hop")),
    "flip_speed": Case({"a flip": (0.9, 1), "a backflip": (0.8, 1)}, ("a flick", "a hop", "driving")),
    "kickoff_first_touch": Case({"a hard hit": (1, 1)}, ("a clear", "a save", "a speed flip")),
    "speed_flip_kickoff": Case({"a speed flip": (1, 1)}, ("a flip that goes on", "a flip", "a hard hit")),
    "shot": Case({"a goal": (1, 1)}, ("a shot beside the goal", "a clear", "backwards")),
    "goal_speed": Case({"a goal": (0.2, 0.26)}, ("a goal against", "a shot beside the goal")),
    "goal_distance": Case({"a goal": (0.24, 0.27)}, ("a goal against", "a shot beside the goal")),
    "save": Case({"a save": (1, 1)}, ("a clear", "a goal against", "backwards")),
    "clear": Case({"a clear": (0.6, 0.7)}, ("a hard hit", "backwards")),
    "own_goal_risk": Case({"backwards": (0.6, 0.7)}, ("a clear", "a hard hit")),
    "shadowing": Case({"shadowing": (0.6, 0.9)}, ("a hard hit", "standing"), mean=True),
    "last_back": Case({"a hard hit": (1, 1)}, ("backwards", "mates side by side"), mean=True),
    "possession": Case({"a hard hit": (5, 6)}, ("shadowing", "standing")),
    "assist": Case({"a pass and a goal": (1, 1)}, ("a pass and no goal", "a goal")),
    "passing": Case(
        {"a pass and a goal": (0.18, 0.26), "a pass and no goal": (0.18, 0.26)},
        ("a pass to an opponent, whose own goal it is", "mates side by side", "a hard hit"),
    ),
    "spacing": Case({"a pass and no goal": (0.5, 1)}, ("mates side by side", "standing"), mean=True, at_most=0.2),
    "ball_goal_distance": Case({"a goal": (0.5, 0.7)}, ("backwards", "a goal against", "driving")),
    "goal_view": Case({"a hard hit": (0.2, 0.5)}, ("backwards", "a goal against", "driving")),
    "win_probability": Case({"a goal": (0.45, 0.5)}, ("backwards", "a goal against", "driving")),
    "bump": Case({"a bump": (1, 1)}, ("a demolition", "driving")),
    "bumped": Case({"a bump": (1, 1)}, ("a demolition", "driving"), car=1),
}


def test_there_is_a_case_for_every_term():
    assert set(CASES) == set(TERMS)


@pytest.mark.parametrize("term", CASES)
def test_a_term_pays_what_it_says_and_nothing_else(engine, term):
    case = CASES[term]
    found = {}
    for played in (play(engine, 1), play(engine, 2)):
        values = played.values(term)
        for name in set(played.names) & {*case.pays, *case.nothing}:
            of_car = played.within(name, values)[:, case.car]
            found[name] = of_car.mean() if case.mean else of_car.sum()
    assert set(found) == {*case.pays, *case.nothing}
    for name, (least, most) in case.pays.items():
        assert least - 1e-4 <= found[name] <= most + 1e-4, name
    for name in case.nothing:
        assert found[name] <= case.at_most, name


def test_events_are_paid_once(engine):
    """What is an event is paid in one decision, or in one each time it happens; a demolished car is not paid again."""
    played = play(engine, 1)
    for term, name, car in (
        ("demoed", "a demolition", 1),
        ("demo", "a demolition", 0),
        ("flip_reset", "a flip reset", 0),
        ("boost_pickup_large", "a large pad", 0),
        ("strong_touch", "a hard hit", 0),
        ("wavedash", "a wavedash", 0),
        ("flip_speed", "a flip", 0),
        ("save", "a save", 0),
    ):
        assert np.count_nonzero(played.within(name, played.values(term))[:, car]) == 1, term


def test_an_own_goal_is_no_assist(engine):
    """What is an own goal of the opponent who got the ball: no assist, no pass, and the goal is paid all the same."""
    played = play(engine, 2)
    name = "a pass to an opponent, whose own goal it is"
    for term in ("assist", "passing"):
        assert not played.within(name, played.values(term)).any(), term
    np.testing.assert_array_equal(played.within(name, played.values("goal")).sum(0), [1, 1, 0, 0])
    # the car that touched last among those of the team that scored
    assert played.within(name, played.values("goal_distance")).sum(0)[0] > 0.1
