"""Tables of actions of the user's own, and the numbers that the world has for them."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.errors import UserError
from jaxrl.game.action_space import MAX_ACTIONS, STANDARD_ACTIONS, ActionSpace, mistake, own_actions
from jaxrl.game.actions import ACTION_TABLE, EVERY_ACTION, NEUTRAL_ACTION, number_of

HALF_LEFT, HALF_RIGHT = [1, -0.5, 0, -0.5, 0, 0, 1, 0], [1, 0.5, 0, 0.5, 0, 0, 1, 0]
FORWARD = [1, 0, 0, 0, 0, 0, 0, 0]
NEUTRAL = [0] * 8


def test_the_standard_table_keeps_its_numbers():
    np.testing.assert_array_equal(number_of(ACTION_TABLE), np.arange(90))
    np.testing.assert_array_equal(EVERY_ACTION[:90], ACTION_TABLE)
    assert number_of(np.array(NEUTRAL)) == NEUTRAL_ACTION
    assert STANDARD_ACTIONS.is_standard
    assert STANDARD_ACTIONS.world is ACTION_TABLE


def test_every_combination_of_controls_has_one_number():
    """5 levels of five controls, three buttons: 25,000, of which 90 have their place at the front."""
    levels = [*product(*[(-1, -0.5, 0, 0.5, 1)] * 5, *[(0, 1)] * 3)]
    numbers = number_of(np.array(levels))
    assert len(set(numbers.tolist())) == len(levels) == 25_000
    np.testing.assert_array_equal(EVERY_ACTION[numbers], levels)
    assert (numbers < 90).sum() == 90
    assert numbers.max() < 2**24, "exact in a float32 of a row"


def test_a_table_of_ones_own_goes_to_the_world_and_back():
    space = ActionSpace(np.array([HALF_LEFT, NEUTRAL, HALF_RIGHT, FORWARD], np.float32))
    outputs = np.array([[3, 2], [1, 0]], np.int32)
    for xp in (np, jnp):
        world = space.to_world(xp.asarray(outputs))
        assert type(world) is type(xp.asarray(outputs))
        assert world.dtype == np.int32
        np.testing.assert_array_equal(EVERY_ACTION[world], space.table[outputs])
        np.testing.assert_array_equal(space.from_world(world), outputs)
    assert number_of(np.array(FORWARD)) == space.numbers[3] < 90 <= space.numbers[0]
    assert not space.is_standard
    assert space.size == 4


def test_what_is_the_standard_table_and_what_only_looks_like_it():
    for table in (ACTION_TABLE[:24], ACTION_TABLE[::-1]):
        assert not ActionSpace(table).is_standard
        assert ActionSpace(table).world is ACTION_TABLE, "none of its numbers is beyond"
    same = ActionSpace(ACTION_TABLE.copy())
    assert same.is_standard
    assert same == STANDARD_ACTIONS
    assert hash(same) == hash(STANDARD_ACTIONS), "what is compiled for one serves the other"
    assert same != ActionSpace(ACTION_TABLE[::-1])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([NEUTRAL], "must return a table [K, 8] with K from 2 to 1000 (throttle, steer, pitch"),
        (np.zeros((3, 7)), "not [3, 7]"),
        (np.zeros((MAX_ACTIONS + 1, 8)), "not [1001, 8]"),
        (5, "not []"),
        ("jump", "must return a table of numbers, [K, 8]"),
        ([NEUTRAL, [1, 2]], "must return a table of numbers, [K, 8]"),
        ([NEUTRAL, [0.3, *NEUTRAL[1:]]], "row 1 is [0.3"),
        ([NEUTRAL, [*NEUTRAL[1:], 0.5]], "jump, boost and handbrake 0 or 1"),
        ([NEUTRAL, [*NEUTRAL[1:], -1]], "jump, boost and handbrake 0 or 1"),
        ([NEUTRAL, [np.nan, *NEUTRAL[1:]]], "row 1 is [nan"),
        ([NEUTRAL, [2, *NEUTRAL[1:]]], "throttle, steer, pitch, yaw and roll are one of (-1.0, -0.5, 0.0, 0.5, 1.0)"),
        ([NEUTRAL, FORWARD, NEUTRAL], "row 2 is the same as row 0"),
        ([NEUTRAL, HALF_LEFT], "row 1 is [1.0, -0.5, 0.0, -0.5, 0.0, 0.0, 1.0, 0.0], but its mirror image [1.0, 0.5"),
    ],
)
def test_a_table_that_cannot_be_is_one_line(table, message, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("jaxrl.game.action_space.import_function", lambda path: lambda: table)
    with pytest.raises(UserError) as caught:
        own_actions("my:table", mirror=True)
    assert message in str(caught.value)
    assert str(caught.value).startswith("game.action_table my:table: ")
    assert len(str(caught.value).splitlines()) == 1


def test_without_the_mirror_a_table_may_be_lopsided():
    assert mistake([NEUTRAL, HALF_LEFT], mirror=False) is None
    assert mistake([NEUTRAL, HALF_LEFT, HALF_RIGHT], mirror=True) is None


def test_a_function_that_fails_or_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "failing_actions.py").write_text("def table():\n    return [1, 2][3]\n")
    with pytest.raises(UserError, match=r"action_table failing_actions:table \(.*line 2\): IndexError: list index"):
        own_actions("failing_actions:table", mirror=True)
    with pytest.raises(UserError, match="failing_actions has no function tables; did you mean table"):
        own_actions("failing_actions:tables", mirror=True)
