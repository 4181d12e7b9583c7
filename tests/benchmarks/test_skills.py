"""The recipes of skills and what measures them: what is compared, what an episode is worth, and that a run goes on."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.learning.curves import CURVES
from benchmarks.learning.practice import (
    PRACTICES,
    aerial_touch,
    cut,
    half_flipped,
    last_speed,
    saved,
    seconds_to_turn,
    seconds_to_wheels,
    speed_back,
    turned,
)
from benchmarks.learning.skills import BASE, COST, FOLDER, SKILLS, Results, table
from benchmarks.tools.recorded import record
from benchmarks.tools.skill_pages import STARTS
from jaxrl.bots.policy_files import load_policy
from jaxrl.cli.main import main as jaxrl
from jaxrl.config.load import load_config
from jaxrl.game.figures import FIGURES
from jaxrl.game.starts.registry import START_STATES
from jaxrl.game.state import LONG_AGO, row_size, unpack
from jaxrl.matches.play import Moment
from jaxrl.report.tags import figure_tag
from jaxrl.watch.page import fill, read_match

STEP = 0.1  # seconds a decision


def episode(length):
    """States of two cars that face +x in the air, as one writes into them."""
    state = unpack(np.zeros((length, row_size(2)), np.float32))
    state.forward[..., 0], state.up[..., 2] = 1, 1
    state.ticks_since_contact[:] = LONG_AGO
    return state


def test_every_recipe_is_a_skill_that_is_measured():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {BASE, *SKILLS}


@pytest.mark.parametrize("skill", SKILLS)
def test_with_and_without_differ_in_terms_and_starts_alone(skill):
    base, recipe = (load_config(FOLDER / f"{name}.yaml").model_dump() for name in (BASE, skill))
    for config in (base, recipe):
        assert config.pop("rewards")
        assert config["environment"].pop("start_states")
        assert config["environment"].pop("max_episode_seconds"), "how often there is a start"
        assert config.pop("curriculum"), "when which terms come"
    assert recipe == base


def test_every_figure_of_the_table_is_measured():
    measured = {f"kickoffs/{name}" for name in FIGURES} | {COST.figure}
    measured |= {f"{practice.start}/{name}" for practice in PRACTICES for name in practice.measures}
    assert {shown.figure for rows in SKILLS.values() for shown in rows} < measured
    assert all(practice.start in START_STATES for practice in PRACTICES)


def test_there_is_a_curve_for_every_skill():
    assert set(CURVES) == set(SKILLS)
    assert {tag for tag, _ in CURVES.values()} <= {figure_tag("game", name) for name in FIGURES}


def test_a_turn_counts_on_the_wheels_facing_and_driving_the_other_way():
    """At rest, backwards, turned in the air, turned on the wheels but rolling back, and done at the fourth decision."""
    state = episode(6)
    state.on_ground[:, 0] = [1, 1, 0, 1, 1, 1]
    state.forward[2:, 0, 0] = -1
    state.velocity[:, 0, 0] = [0, -900, -900, 900, -900, -900]
    assert seconds_to_turn(state, STEP) == pytest.approx(0.4)
    assert turned(state, STEP) == 1
    state.velocity[4:] = 0
    assert seconds_to_turn(state, STEP) == pytest.approx(0.5)  # never: the whole episode
    assert turned(state, STEP) == 0


def test_speed_back_is_against_where_the_nose_pointed_first():
    """1.5 s after the start, whichever way the car faces by then."""
    state = episode(30)
    state.velocity[15, 0] = [-800, 300, 100]
    state.forward[10:, 0] = [0, 1, 0]
    assert speed_back(state, STEP) == 800


@pytest.mark.parametrize(("car", "turned_round", "worth"), [(0, True, 1), (0, False, 0), (1, True, 0)])
def test_a_half_flip_is_a_backflip_that_lands_facing_the_other_way(car, turned_round, worth):
    """In the air with a flip since the second state, on the wheels driving at the fifth."""
    state = episode(8)
    state.on_ground[:, car] = [1, 0, 0, 0, 1, 1, 1, 1]
    state.has_flipped[1:4, car], state.flip_time[1:4, car] = 1, [0.05, 0.15, 0.25]
    state.flip_direction[1:4, car, 0] = -1
    state.forward[3:, car, 0] = -1 if turned_round else 1
    state.velocity[4:, car, 0] = 500 * state.forward[4:, car, 0]
    assert half_flipped(state, STEP) == worth


def test_the_first_car_is_measured_not_the_idle_one():
    state = episode(4)
    state.on_ground[:, 1] = 1
    assert seconds_to_wheels(state, STEP) == pytest.approx(0.3)
    state.on_ground[2:, 0] = 1
    assert seconds_to_wheels(state, STEP) == pytest.approx(0.2)
    state.velocity[-1] = [[300, 0, 400], [9, 9, 9]]
    assert last_speed(state, STEP) == pytest.approx(500)


@pytest.mark.parametrize(("height", "on_ground", "worth"), [(800, 0, 1), (250, 0, 0), (800, 1, 0)])
def test_an_aerial_touch_is_in_the_air_and_of_a_high_ball(height, on_ground, worth):
    state = episode(4)
    state.ball_position[..., 2], state.on_ground[:] = height, on_ground
    state.ticks_since_contact[2, 1] = 0  # the other car's
    assert aerial_touch(state, STEP) == 0
    state.ticks_since_contact[2, 0] = 0
    assert aerial_touch(state, STEP) == worth


def test_a_goal_of_ones_own_is_no_goal_against():
    state = episode(3)
    state.score[-1] = [1, 0]
    assert saved(state, STEP) == 1
    state.score[-1] = [0, 1]
    assert saved(state, STEP) == 0


def test_episodes_are_cut_where_they_ended_and_keep_their_true_last_state():
    """Two arenas, four decisions: one ends at the second and is cut off by the end, the other ends at the last."""
    states = np.arange(8, dtype=np.float32).reshape(4, 2, 1)
    ended = np.array([[0, 0], [1, 0], [0, 0], [0, 1]], bool)
    none = np.zeros((2, 2), np.int32)
    moments = [Moment(slice(0, 2), t, states[t], none, states[t] + 100, ended[t], none, 0.0) for t in range(4)]
    assert [list(rows[:, 0]) for rows in cut(moments)] == [[0, 2, 102], [1, 3, 5, 7, 107]]


def test_the_table_has_medians_and_each_seed_and_says_what_nothing_showed():
    skill, (first, second) = "shots", SKILLS["shots"]
    runs = [{first.figure: x, second.figure: 2.0, COST.figure: None} for x in (900.0, 1000.0, None)]
    random = {first.figure: None, second.figure: 0.0, COST.figure: -5.0}
    lines = table({"random": [random], BASE: runs[:1], skill: runs}, [skill])
    assert lines[2] == f"| shots | {first.text} | none | 900 | 950 (900, 1000, none) |"
    assert lines[3] == f"| shots | {second.text} | 0.0 | 2.0 | 2.0 (2.0, 2.0, 2.0) |"
    assert lines[4] == f"| shots | {COST.text} | -5.00 | none | none |"


def test_results_that_were_cut_off_are_made_again(tmp_path):
    file = tmp_path / "results.jsonl"
    Results(file).add({"a": 1.0}, recipe="shots", seed=0, steps=8)
    with file.open("a") as opened:
        opened.write('{"recipe": "shots", "seed": 1')
    results = Results(file)
    assert results.find(recipe="shots", seed=0, steps=8) == {"a": 1.0}
    assert results.find(recipe="shots", seed=0, steps=9) is None
    assert results.find(recipe="shots", seed=1) is None
    results.add({"a": None}, recipe="shots", seed=1, steps=8)
    assert Results(file).find(recipe="shots", seed=1) == {"a": None}


def test_the_docs_show_a_match_of_every_skill_as_its_page_holds_it():
    assert {path.stem for path in Path("docs/skills").glob("*.json")} == set(SKILLS)
    assert set(STARTS) < set(SKILLS)
    assert set(STARTS.values()) <= set(START_STATES)


def test_the_docs_show_the_matches_of_the_strongest_bot_that_stands_there():
    steps = f"{load_policy(Path('pretrained/whole_game')).description.env_steps:,}"
    titles = {path.stem: json.loads(path.read_text())["title"] for path in Path("docs/matches").glob("*.json")}
    against = {"duel": "duel", "nexto_2": "nexto@2", "nexto": "nexto"}
    assert titles == {page: f"whole_game ({steps} steps) against {name}" for page, name in against.items()}


def test_a_recorded_match_is_what_its_page_holds(tmp_path):
    """Played and written for real; a page of the docs is made of it, with the viewer of the day."""
    watch = ["pretrained/duel", "--opponent", "idle", "--minutes", "0.05", "--seed", "1"]
    assert record(watch, tmp_path / "new/match.json") == 0
    assert jaxrl(["watch", *watch, "--out", str(tmp_path / "page.html")]) == 0
    match = json.loads((tmp_path / "new/match.json").read_text())
    assert fill(match, match["title"]) == (tmp_path / "page.html").read_text()


def test_a_recorded_match_may_hold_any_text(tmp_path):
    match = {"title": "a </script> & b", "cars": [1, 2], "times": "AAA="}
    (tmp_path / "page.html").write_text(fill(match, "title"))
    assert read_match(tmp_path / "page.html") == match


@pytest.mark.slow
def test_a_quick_check_prints_a_table_and_trains_nothing_twice(tmp_path):
    command = [sys.executable, "-m", "benchmarks.skills", "--steps", "8192", "--skills", "half_flips"]
    command += ["--seeds", "0", "--matches", "2", "--out", str(tmp_path)]
    first = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [line["recipe"] for line in lines] == ["random", BASE, "half_flips"]
    assert [line.get("done") for line in lines] == [None, 8192, 8192]
    again = subprocess.run(command, check=True, capture_output=True, text=True)
    assert again.stdout.splitlines()[-5:] == first.splitlines()[-5:]
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 3
