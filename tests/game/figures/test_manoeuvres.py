"""Figures of manoeuvres in real RocketSim, car by car: blue acts, orange jumps, too, or stands apart."""

from functools import lru_cache

import numpy as np
import pytest
from support.engines import BOTH
from support.manoeuvres import ALL, play

from jaxrl.game.figures import FIGURES, measure
from jaxrl.game.state import unpack

NAMES = [manoeuvre.name for manoeuvre in ALL]
EVERY = tuple(FIGURES.values())
TICK_SKIP = 8


@lru_cache
def sums_of(engine):
    """Sums of all figures, `[K, N, C]`; what comes after a manoeuvre and one more decision does not count."""
    played = play(engine, TICK_SKIP, 1)
    states, next_states = played.rows[:-1], played.rows[1:]
    number = np.arange(1, len(played.rows))[:, None]
    ticks = np.array([manoeuvre.ticks for manoeuvre in ALL])
    last = np.where(played.ended >= 0, played.ended, ticks // TICK_SKIP + 1)
    weight = np.broadcast_to((number <= last)[..., None], (*number.shape[:1], len(ALL), 2)).astype(np.float32)
    actions = unpack(next_states).previous_action.astype(np.int32)
    return measure(EVERY, states, next_states, actions, number == played.ended, TICK_SKIP, weight)


def count(engine, name, figure):
    """What a figure counts in a manoeuvre, of blue and of orange."""
    return sums_of(engine).total[list(FIGURES).index(figure), NAMES.index(name)].tolist()


def value(engine, name, figure):
    """A figure of a manoeuvre: of blue."""
    k, n = list(FIGURES).index(figure), NAMES.index(name)
    sums = sums_of(engine)
    return sums.total[k, n, 0] / sums.count[k, n, 0] * FIGURES[figure].scale(TICK_SKIP)


KINDS = ("forward", "backward", "sideways", "forward_diagonal", "backward_diagonal")


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize(
    ("name", "kind", "least", "most"),
    [
        ("a flip ahead", "forward", 300, 560),
        ("a flip back", "backward", -700, -300),
        ("a flip to the right", "sideways", 0, 300),
        ("a flip ahead to the left", "forward_diagonal", 200, 560),
    ],
)
def test_flips(engine, name, kind, least, most):
    """Blue flips once, at about 800 uu/s; a flip pushes by 500 uu/s, back a little more. Orange only jumps."""
    for each in KINDS:
        assert count(engine, name, f"{each}_flips_per_minute") == [each == kind, 0], each
    assert count(engine, name, "jumps_per_minute") == [1, 1]
    assert count(engine, name, "double_jumps_per_minute") == [0, 0]
    assert least < value(engine, name, "flip_speed_gain") < most


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize(
    ("name", "figure", "expected"),
    [
        ("a jump", "jumps_per_minute", [1, 1]),
        ("a jump held for long", "jumps_per_minute", [1, 1]),
        ("a jump", "double_jumps_per_minute", [0, 0]),
        ("a double jump", "jumps_per_minute", [1, 1]),
        ("a double jump", "double_jumps_per_minute", [1, 0]),
        ("a flip ahead", "wavedashes_per_minute", [0, 0]),
        ("a wavedash", "wavedashes_per_minute", [1, 0]),
        ("a wavedash", "forward_flips_per_minute", [1, 0]),
        ("a flip reset", "flip_resets_per_minute", [1, 0]),
        ("a double jump", "flip_resets_per_minute", [0, 0]),
        ("a large pad", "large_pads_per_minute", [1, 0]),
        ("a large pad", "small_pads_per_minute", [0, 0]),
        ("a hit", "touches_per_minute", [1, 0]),
        ("a hit", "strong_touches_per_minute", [1, 0]),
        ("a hit", "aerial_touches_per_minute", [0, 0]),
        ("a hit of orange", "touches_per_minute", [0, 1]),
        ("a bump", "bumps_per_minute", [1, 0]),
        ("a bump", "demos_per_minute", [0, 0]),
        ("a demolition", "demos_per_minute", [1, 0]),
        ("a demolition", "bumps_per_minute", [0, 0]),
        ("a goal", "goals_scored_per_minute", [1, 0]),
        ("a goal", "own_goals_per_minute", [0, 0]),
        ("a goal", "shots_per_minute", [0, 0]),
    ],
)
def test_events(engine, name, figure, expected):
    assert count(engine, name, figure) == expected


@pytest.mark.parametrize("engine", BOTH)
def test_a_large_pad_fills_the_tank(engine):
    """90 of 100 have room, and 10 do not."""
    assert count(engine, "a large pad", "boost_gained_per_minute")[0] == pytest.approx(90, abs=0.1)
    assert count(engine, "a large pad", "boost_overfill_per_minute")[0] == pytest.approx(10, abs=0.1)
    assert count(engine, "a large pad", "boost_used_per_minute") == [0, 0]


@pytest.mark.parametrize("engine", BOTH)
def test_a_tank_runs_empty(engine):
    """12 of 100 last 0.36 s of 0.6 s, and the button stays pressed."""
    name = "an empty tank"
    assert count(engine, name, "boost_used_per_minute")[0] == pytest.approx(12, abs=0.1)
    assert 0.3 < value(engine, name, "tank_empty_share") < 0.6
    assert 0.1 < value(engine, name, "boost_pressed_empty_share") <= value(engine, name, "tank_empty_share")


@pytest.mark.parametrize("engine", BOTH)
def test_up_a_wall(engine):
    """0.9 s at 1,500 uu/s: 900 uu of ground, then the wall."""
    assert value(engine, "up a wall", "wall_share") > 0.3
    assert value(engine, "up a wall", "ground_share") > 0.3
    assert value(engine, "up a wall", "air_share") < 0.2
    assert value(engine, "a jump", "wall_share") == 0


@pytest.mark.parametrize("engine", BOTH)
def test_on_the_ceiling(engine):
    """A car that starts with its wheels there stays for a moment; the other one stands on the ground."""
    assert value(engine, "on the ceiling", "ceiling_share") > 0.3
    assert count(engine, "on the ceiling", "ground_share")[0] == 0
    assert count(engine, "on the ceiling", "ceiling_share")[1] == 0


@pytest.mark.parametrize("engine", BOTH)
def test_a_kickoff_ends_with_its_first_touch(engine):
    """From 3,850 uu away with boost, and orange stays where it is."""
    name = "a kickoff"
    assert 2.4 < value(engine, name, "kickoff_seconds") < 2.8
    assert count(engine, name, "kickoff_first_share") == [1, 0]
    assert sums_of(engine).count[list(FIGURES).index("kickoff_seconds"), NAMES.index(name)].tolist() == [1, 1]


@pytest.mark.parametrize("engine", BOTH)
def test_the_ball_in_a_goal(engine):
    """Shot at 2,500 uu/s, it is not much slower there."""
    assert 2300 < value(engine, "a goal", "goal_speed") < 2600
