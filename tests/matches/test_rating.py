"""The rating of the policy that is learning, from goals against players of known rating."""

import numpy as np
import pytest
from support.cli import TINY, assert_one_error_line, read_scalars, run

from jaxrl.bots.players import make_player
from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.matches.rating import LOWEST, Anchor, Rated, closest, rate_by_goals

RANDOM, CHASER, IDLE = (
    Anchor(name, make_player(name, 1, 8, 1, "numpy"), elo)
    for name, elo in (("random", 0.0), ("chaser", 600.0), ("idle", 50.0))
)


def goals(own, other, matches=20):
    """So many goals in all, evenly spread over the matches."""
    return np.stack([np.full(matches, own / matches), np.full(matches, other / matches)], axis=1)


def test_ratings_are_goals_to_goals_against():
    """Hand-worked: as many is level with the anchor, ten to one 400 points; the prior pulls by less than 5."""
    assert rate_by_goals({CHASER: goals(40, 40)}, 0).elo == pytest.approx(600, abs=5)
    assert rate_by_goals({CHASER: goals(200, 20)}, 0).elo == pytest.approx(1000, abs=5)
    assert rate_by_goals({RANDOM: goals(10, 100)}, 0).elo == pytest.approx(-400, abs=15)
    both = rate_by_goals({CHASER: goals(40, 40), RANDOM: goals(97, 3)}, 0)
    assert both.low < 600 < both.high
    assert both.goals["chaser"] == (2, 2)
    assert both.goals["random"] == pytest.approx((4.85, 0.15))


def test_more_goals_make_the_interval_narrower():
    few, many = (rate_by_goals({CHASER: goals(n, n)}, 0) for n in (10, 160))
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.1)
    assert few.low < few.elo < few.high


def test_goals_that_come_in_bursts_say_less():
    """Twenty matches that end 4:0 or 0:4 say less than forty goals that fell one by one."""
    bursts = np.array([[4, 0], [0, 4]] * 10, float)
    even, uneven = (rate_by_goals({CHASER: each}, 0) for each in (goals(40, 40), bursts))
    assert uneven.high - uneven.low > 1.7 * (even.high - even.low)


def test_without_goals_there_is_no_bound():
    nothing = rate_by_goals({CHASER: goals(0, 0)}, 123.0)
    assert nothing == Rated(123.0, -np.inf, np.inf, {"chaser": (0.0, 0.0)})
    assert nothing.surely == LOWEST
    only_conceded = rate_by_goals({CHASER: goals(0, 30)}, 0)
    assert only_conceded.low == -np.inf
    assert only_conceded.high < 300
    assert rate_by_goals({CHASER: goals(30, 0)}, 0).low > 900


def test_two_bots_of_the_same_name_are_two_anchors():
    """Both folders may be called best: level with one of 0 and one of 400 is 200."""
    idle = make_player("idle", 1, 8, 1, "numpy")
    weak, strong = Anchor("one/best", idle, 0.0), Anchor("other/best", idle, 400.0)
    rated = rate_by_goals({weak: goals(76, 24), strong: goals(24, 76)}, 0)
    assert rated.elo == pytest.approx(200, abs=5)
    assert set(rated.goals) == {"one/best", "other/best"}


def test_the_closest_anchors_are_played():
    anchors = [RANDOM, CHASER, IDLE]
    assert closest(anchors, 20.0) == [RANDOM, IDLE]
    assert closest(anchors, 900.0) == [CHASER, IDLE]


@pytest.mark.parametrize(
    "settings",
    [["evaluation.best_by=rating"], ["evaluation.anchors={random: 0}"]],
)
def test_a_rating_needs_two_anchors(settings):
    with pytest.raises(UserError, match=r"evaluation.anchors: a rating needs two players or more"):
        load_config("final", settings)


@pytest.mark.slow
def test_a_run_is_rated(tmp_path, cache):
    """In a process: the tags on the axis of steps, and `best` by the lower bound."""
    rating = {"evaluation.anchors": "{random: 0, idle: 30, chaser: 600}", "evaluation.best_by": "rating"}
    done = run(TINY | cache | rating, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    scalars = read_scalars(tmp_path / "logs")
    steps = [step for step, _ in scalars["eval/mean_reward"]]
    # compiling takes all the time that ratings may have in so short a run
    assert [step for step, _ in scalars["rating/elo"]] == steps[:1]
    assert {tag for tag in scalars if tag.startswith("rating/goals_for_")} <= {
        f"rating/goals_for_{name}" for name in ("random", "idle", "chaser")
    }
    assert (tmp_path / "checkpoints" / "best" / "policy.npz").is_file()
    again = run(TINY | cache | {"evaluation.anchors": "{random: 0, nobody: 3}"}, cwd=tmp_path)
    assert_one_error_line(again, "nobody: no such player")
