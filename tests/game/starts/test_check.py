"""Start states that fail, hang or cannot be played are named, in one line."""

import sys
import time

import numpy as np
import pytest

from jaxrl.errors import UserError
from jaxrl.game.starts import check
from jaxrl.game.starts.basic import near_ball
from jaxrl.game.starts.check import check_start_states, draw, mistake_in
from jaxrl.game.starts.registry import START_STATES


def near_ball_with(**fields):
    return near_ball(np.random.default_rng(0), 1)._replace(**fields)


MISTAKES = {
    "a car too many": ({"position": np.zeros((3, 3))}, "position has the shape (3, 3), and must have (2, 3)"),
    "no car": ({"boost": np.zeros(0)}, "boost has the shape (0,), and must have (2,)"),
    "one number for all": ({"boost": 33.0}, "boost has the shape (), and must have (2,)"),
    "a ball behind the wall": (
        {"ball_position": [0, 5300, 1000]},
        "the ball is outside the field, at (0, 5300, 1000) uu",
    ),
    "a ball in a corner": ({"ball_position": [4000, 4900, 100]}, "the ball is outside the field, at"),
    "a ball above the ceiling": ({"ball_position": [0, 0, 2100]}, "the ball is outside the field, at"),
    "a car under the floor": (
        {"position": [[0, 0, 17], [0, 1000, -40]]},
        "car 1 is outside the field, at (0, 1000, -40) uu",
    ),
    "a car behind the goal": (
        {"position": [[0, 6100, 17], [0, 0, 17]]},
        "car 0 is outside the field, at (0, 6100, 17)",
    ),
    "NaN": ({"velocity": np.full((2, 3), np.nan)}, "a number in it is NaN or infinite: velocity"),
    "infinity": ({"ball_velocity": [0, 0, np.inf]}, "a number in it is NaN or infinite: ball_velocity"),
    "complex numbers": ({"boost": np.zeros(2, complex)}, "boost must hold real numbers, not ndarray of complex128"),
    "text": ({"boost": ["full", "none"]}, "boost must hold real numbers, not list of <U4"),
    "nothing": ({"velocity": None}, "velocity must hold real numbers, not NoneType of object"),
    "a masked array": ({"boost": np.ma.ones(2)}, "boost must hold real numbers, not MaskedArray of float64"),
    "lists of different lengths": ({"position": [[0, 0, 17], [0, 0]]}, "position is not an array ("),
    "too much boost": ({"boost": [0, 255]}, "boost must be 0 to 100, not 0 to 255"),
    "boost below zero": ({"boost": [-1, 50]}, "boost must be 0 to 100, not -1 to 50"),
    "a flip too many": ({"flip_seconds": [0, 0, 0]}, "flip_seconds has the shape (3,), and must have (2,)"),
    "a flip that is no number": ({"flip_seconds": [0, np.nan]}, "a number in it is NaN: flip_seconds"),
    "demolished for too long": ({"respawn_ticks": [0, 360]}, "respawn_ticks must be whole numbers from 0 to 359, not"),
    "half a tick": ({"respawn_ticks": [0.5, 0]}, "respawn_ticks must be whole numbers from 0 to 359, not [0.5, 0.0]"),
    "a ball in the floor": (
        {"ball_position": [0, 4000, 60]},
        "the ball is inside the floor or a wall, at (0, 4000, 60)",
    ),
    "a ball in a wall": (
        {"ball_position": [4050, 0, 500]},
        "the ball is inside the floor or a wall, at (4050, 0, 500)",
    ),
    "a ball in a goalpost": ({"ball_position": [890, 5130, 100]}, "the ball is inside the floor or a wall, at"),
    "a car in a wall": (
        {"position": [[4080, 0, 17], [0, 0, 17]]},
        "car 0 is inside the floor or a wall, at (4080, 0, 17)",
    ),
    "a car in a cut corner": ({"position": [[0, 0, 17], [4025, 4025, 300]]}, "car 1 is inside the floor or a wall, at"),
    "a car on its roof in the floor": (
        {"position": [[0, 0, 17], [0, 900, 17]], "yaw_pitch_roll": [[0, 0, 0], [0, 0, np.pi]]},
        "car 1 is inside the floor or a wall, at (0, 900, 17) uu",
    ),
    "a car in the ball": (
        {"ball_position": [0, 0, 93.15], "position": [[0, 900, 17], [-140, 0, 17]], "yaw_pitch_roll": np.zeros((2, 3))},
        "car 1 is inside the ball, at (-140, 0, 17) uu",
    ),
    "a car in a car": (
        {"position": [[0, 900, 17], [90, 950, 17]], "yaw_pitch_roll": np.zeros((2, 3))},
        "cars 0 and 1 are inside each other, at (0, 900, 17) uu",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_told(mistake):
    fields, message = MISTAKES[mistake]
    told = mistake_in(near_ball_with(**fields), 2)
    assert told is not None
    assert told.startswith(message)


@pytest.mark.parametrize("returned", [0, "kickoff", {}, near_ball_with()[:3], [None], iter([])])
def test_another_type_is_told(returned):
    told = mistake_in(returned, 2)
    assert told == f"{type(returned).__name__} without ball_position: return a StartState, or None for a kickoff"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"ball_position": [0, 5000, 93.15], "boost": [0, 100]},  # lists, whole numbers
        {"ball_position": [0, 5900, 300]},  # in a goal
        {"position": np.array([[4000, 0, 17], [0, 5120, 17]], np.float32)},
        {"position": [[0, 4000, 17], [0, 4090, 17]], "yaw_pitch_roll": np.zeros((2, 3))},  # side by side
        {"position": [[0, 4000, 17], [0, 4000, 57]], "yaw_pitch_roll": np.zeros((2, 3))},  # on its roof
        {"position": [[4079, 0, 500], [0, 4000, 17]], "yaw_pitch_roll": [[0, np.pi / 2, 0], [0, 0, 0]]},  # on a wall
        {"position": np.full((2, 3), [0, 4000, 17.0]), "respawn_ticks": [0, 100]},  # one of them is not there
        {"flip_seconds": [0, np.inf]},
    ],
)
def test_what_can_be_played_passes(fields):
    assert mistake_in(near_ball_with(**fields), 2) is None


@pytest.mark.parametrize("name", START_STATES)
@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_all_of_ours_pass(name, team_size):
    for seed in range(100):
        assert mistake_in(START_STATES[name](np.random.default_rng(seed), team_size), 2 * team_size) is None


BROKEN = """
import os, sys, time

def raises(rng, team_size):
    raise ValueError("no ball\\ntoday")

def leaves(rng, team_size):
    sys.exit(0)

def interrupts(rng, team_size):
    raise SystemError("deep inside")

def takes_one(rng):
    return None

def hangs(rng, team_size):
    while True:
        time.sleep(0.01)

def fails_now_and_then(rng, team_size):
    return None if rng.random() < 0.5 else 7
"""
MESSAGES = {
    "raises": "ValueError: no ball today ({file}, line 5)",
    "leaves": "SystemExit: 0 ({file}, line 8)",
    "interrupts": "SystemError: deep inside ({file}, line 11)",
    "takes_one": "TypeError: takes_one() takes 1 positional argument but 2 were given ({file}, line 13)",
    "fails_now_and_then": "int without ball_position: return a StartState, or None for a kickoff ({file}, line 20)",
}


@pytest.fixture
def broken_starts(tmp_path, monkeypatch):
    """The file of the module `broken_starts`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken_starts", raising=False)
    file = tmp_path / "broken_starts.py"
    file.write_text(BROKEN)
    return file


@pytest.mark.parametrize("function", MESSAGES)
def test_one_that_fails_is_named_with_its_place(broken_starts, function):
    with pytest.raises(UserError) as error:
        check_start_states(["kickoff", f"broken_starts:{function}"], 1)
    message = MESSAGES[function].format(file=broken_starts)
    assert str(error.value) == f"start state 'broken_starts:{function}': {message}"
    assert error.value.exit_code == 2


def test_one_that_hangs_is_named(broken_starts, monkeypatch):
    monkeypatch.setattr(check, "ANSWER_SECONDS", 1.0)
    started = time.monotonic()
    with pytest.raises(UserError) as error:
        check_start_states(["broken_starts:hangs"], 1)
    assert time.monotonic() - started < 3
    assert str(error.value) == f"start state 'broken_starts:hangs': no answer within 1 s ({broken_starts}, line 16)"


def test_ctrl_c_while_drawing_is_ctrl_c():
    def interrupted(rng, team_size):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw("mine:interrupted", interrupted, np.random.default_rng(0), 1)
