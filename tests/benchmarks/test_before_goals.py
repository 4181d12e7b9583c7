"""The tool that says what came before goals, on states made by hand and on a real match."""

import re
import sys

import numpy as np
import pytest

from benchmarks.tools import before_goals
from benchmarks.tools.before_goals import Goal, figures, knows, states_before
from tests.support import states


def test_figures_of_states_made_by_hand():
    position = [
        [[0, -500, 17], [0, 1000, 17]],  # behind a ball at 300, farther from it than the other
        [[0, 900, 17], [0, 2000, 17]],  # ahead of a ball at 700, and nearer to it
        [[0, 1400, 17], [0, 3000, 17]],  # ahead of one at 800, and nearer
    ]
    ball = [[0, 300, 17], [0, 700, 17], [0, 800, 17]]
    boost = [[0, 60], [30, 90], [60, 30]]
    rows = states.rows(lead=(3,), position=position, ball_position=ball, boost=boost)
    assert figures(rows) == pytest.approx([3, 600, 600, 2000, 1 / 3, 2 / 3, 30, 60])


def test_states_before_a_goal_are_counted_from_its_last_decision():
    def play(decisions):
        return Goal(True, states.rows(lead=(decisions,), ball_position=[[0, k, 0] for k in range(decisions)]))

    late, early = play(40), play(19)
    found = states_before([late, early], seconds=2, tick_skip=12)  # 20 decisions before
    assert len(found) == 1, "the other kickoff was 1.9 seconds before its goal"
    assert np.array_equal(found[0], late.states[20])


def test_a_critic_knows_by_the_share_of_pairs_in_the_right_order():
    assert knows(np.array([3.0, 2.0]), np.array([1.0, 2.5])) == 3 / 4
    assert knows(np.array([1.0]), np.array([1.0])) == 1 / 2
    assert knows(np.array([0.0, 0.1]), np.array([0.2, 5.0])) == 0


def test_the_goals_of_a_real_match(monkeypatch, capsys):
    options = ["pretrained/duel", "--against", "idle", "--matches", "2", "--minutes", "2", "--physics", "rocketsim2"]
    monkeypatch.setattr(sys, "argv", ["before_goals", *options])
    assert before_goals.main() == 0
    printed = capsys.readouterr().out
    head, *rows = (line for line in printed.splitlines() if line.startswith("|") and "---" not in line)
    assert head.startswith("| seconds before a goal by the bot | goals | ball, uu |")
    ball = [int(row.split("|")[3].replace(",", "")) for row in rows[:3]]  # 1, 2 and 3 seconds before
    assert ball == sorted(ball, reverse=True), "it comes nearer to the goal"
    assert ball[0] > 2000
    assert re.search("nothing says what it expected", printed), "duel is a bot alone"


def test_a_bot_that_is_none_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["before_goals", "nowhere"])
    assert before_goals.main() == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
