"""Training packs as start states: of a small file in the layout of rlgym-tools' own, and of all of that where it is."""

import gzip
import json
import sys

import numpy as np
import pytest

from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.game.starts import packs
from jaxrl.game.starts.check import check_start_states, draw, mistake_in
from jaxrl.game.starts.registry import resolve_start_states
from jaxrl.game.starts.rotation import axes


def shot(ball, velocity, car, angles):
    ball = {"position": ball, "linear_velocity": velocity, "euler_angles": [0.0, 0.0, 0.0]}
    car = {"position": car, "linear_velocity": [0.0, 0.0, 0.0], "euler_angles": angles}
    return {"time_limit": 10.0, "ball": ball, "car": car}


PACKS = [
    {
        "metadata": {"tags": ["Aerials", "Air Dribbles"], "type": "Striker", "difficulty": "All-Star"},
        "shots": [
            shot([100.0, 200.0, 1000.0], [0.0, 0.0, 0.0], [0.0, -2000.0, 26.0], [0.0, 0.5 * np.pi, 0.0]),
            shot([100.0, 200.0, 4000.0], [0.0, 0.0, 0.0], [0.0, -2000.0, 26.0], [0.0, 0.5 * np.pi, 0.0]),
        ],
    },
    {
        "metadata": {"tags": ["Saves"], "type": "Goalie", "difficulty": "Unknown"},
        "shots": [shot([0.0, 2000.0, 500.0], [0.0, -3000.0, 100.0], [0.0, -5400.0, 30.0], [0.4, 0.3, 0.2])],
    },
]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A package rlgym_tools that holds PACKS and nothing else."""
    file = tmp_path / "rlgym_tools" / packs.FILE
    file.parent.mkdir(parents=True)
    (tmp_path / "rlgym_tools" / "__init__.py").write_text("")
    file.write_bytes(gzip.compress("\n".join(json.dumps(each) for each in PACKS).encode()))
    replace_package(monkeypatch, tmp_path)


def replace_package(monkeypatch, folder=None):
    for name in [name for name in sys.modules if name.partition(".")[0] == "rlgym_tools"]:
        monkeypatch.delitem(sys.modules, name)
    if folder is None:
        monkeypatch.setitem(sys.modules, "rlgym_tools", None)
    else:
        monkeypatch.syspath_prepend(folder)
    packs._shots.cache_clear()


@pytest.fixture(autouse=True)
def forget():
    yield
    packs._shots.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "rlgym_tools"]:
        del sys.modules[name]  # the next test may want the real one


def starts(name, team_size=1, count=20):
    (function,) = resolve_start_states([name])
    return [draw(name, function, np.random.default_rng(seed), team_size) for seed in range(count)]


def test_a_shot_is_where_the_pack_has_it_and_others_are_added(small):
    for start in starts("pack:saves", team_size=2):
        np.testing.assert_array_equal(start.ball_position, [0, 2000, 500])
        np.testing.assert_array_equal(start.ball_velocity, [0, -3000, 100])
        np.testing.assert_array_equal(start.position[0], [0, -5400, 30])
        np.testing.assert_array_equal(start.yaw_pitch_roll[0], [0.3, 0.4, 0.2])  # the file has pitch, yaw, roll
        assert start.boost[0] == 100
        assert not start.velocity[0].any()
        assert (np.linalg.norm(start.position[1:, :2] - [0, 2000], axis=1) > 999).all()


def test_a_ball_at_rest_in_the_air_falls_and_what_is_outside_the_field_is_left_out(small):
    for start in starts("pack:air_dribbles"):
        assert start.ball_position[2] == 1000
        np.testing.assert_array_equal(start.ball_velocity, [0, 0, 1])


@pytest.mark.parametrize(
    ("tag", "heights"),
    [("any", {1000, 500}), ("striker", {1000}), ("goalie", {500}), ("all_star", {1000}), ("aerials", {1000})],
)
def test_tags_types_and_difficulties_choose(small, tag, heights):
    assert {start.ball_position[2] for start in starts(f"pack:{tag}")} == heights


def test_a_tag_that_is_not_there_is_told_with_those_that_are(small):
    with pytest.raises(UserError) as error:
        check_start_states(["pack:airdribbles"], 1)
    assert str(error.value) == (
        "start state 'pack:airdribbles': there is no tag 'airdribbles'; did you mean air_dribbles?; known: "
        "aerials, air_dribbles, all_star, any, goalie, saves, striker"
    )


def test_without_the_package_one_line_says_how_to_get_it(monkeypatch):
    replace_package(monkeypatch)
    with pytest.raises(UserError, match=r"rlgym-tools .* is not installed: uv sync --extra packs"):
        check_start_states(["pack:any"], 1)


def test_a_config_may_name_it():
    config = load_config("final", ["environment.start_states.pack:wall_shots=0.3"])
    assert config.environment.start_states["pack:wall_shots"] == 0.3
    with pytest.raises(UserError, match="start state"):
        load_config("final", ["environment.start_states.pack:=0.3"])


def test_all_5480_of_rlgym_tools():
    """Half of the balls of aerials begin above 150 uu or rise at 500 uu/s; a goalie's car is in its own half."""
    pytest.importorskip("rlgym_tools")
    shots = packs._shots()
    assert len(shots.tags["any"]) == 5480
    aerials, saves = shots.tags["aerials"], shots.tags["goalie"]
    assert ((shots.ball_position[aerials, 2] > 150) | (shots.ball_velocity[aerials, 2] > 500)).mean() > 0.5
    assert (shots.position[saves, 1] < 0).mean() > 0.8
    assert axes(shots.yaw_pitch_roll)[2][:, 2].mean() > 0.9, "nearly all cars stand upright"
    for start in starts("pack:any", team_size=3, count=200):
        assert mistake_in(start, 6) is None
