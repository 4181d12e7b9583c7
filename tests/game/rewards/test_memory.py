"""Reward terms with memory: the decorator, what a carry looks like, and terms run over decisions under numpy."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.errors import UserError
from jaxrl.game.game import rocket_league
from jaxrl.game.reads import NAMES, fields_read
from jaxrl.game.rewards.memory import MemoryTerm, begin, restart, run, step, with_memory
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.state import namespace, pack, unpack


@with_memory(0.0)
def in_a_row(carry, state, next_state, actions):
    """Decisions in a row that ended in the air."""
    carry = (carry + 1) * (1 - next_state.on_ground)
    return carry, carry


class Seen(NamedTuple):
    """Most boost of this episode, and where the car was at its start."""

    most: float
    begun: np.ndarray  # [3]


@with_memory(Seen(most=-1.0, begun=np.zeros(3)))
def new_most(carry, state, next_state, actions):
    xp = namespace(next_state.boost)
    better = next_state.boost > carry.most
    begun = xp.where(carry.most[..., None] < 0, state.position, carry.begun)
    return Seen(xp.maximum(carry.most, next_state.boost), begun), better


def boost(state, next_state, actions):
    return next_state.boost


def test_a_term_keeps_its_name_and_description():
    assert isinstance(in_a_row, MemoryTerm)
    assert in_a_row.__name__ == "in_a_row"
    assert in_a_row.__doc__ == "Decisions in a row that ended in the air."
    assert in_a_row.start == 0
    with pytest.raises(AttributeError):
        in_a_row.start = 1


def test_the_carry_has_the_form_of_the_start():
    carries = begin({"a": in_a_row, "m": new_most}, (5, 2))
    assert carries["a"].shape == (5, 2)
    assert carries["m"].most.shape == (5, 2)
    assert carries["m"].begun.shape == (5, 2, 3)
    assert {leaf.dtype for leaf in jax.tree.leaves(carries)} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(carries["m"].most, -1)


def in_the_air(make_state, *on_ground):
    """Rows `[T, 1, F]` of one arena of 1v1 that end every decision like this."""
    rows = pack(make_state(2, (len(on_ground), 1)))
    unpack(rows).on_ground[:, 0] = on_ground
    return rows


def test_memory_goes_on_until_the_episode_ends(make_state):
    """Blue is in the air all the time, orange lands once; the episode ends with the third decision of five.

    The decision that ends it still belongs to it: 3, then from the start again.
    """
    after = in_the_air(make_state, [0, 0], [0, 1], [0, 0], [0, 0], [0, 0])
    done = np.array([0, 0, 1, 0, 0], bool)[:, None]
    carry, values = run({"air": in_a_row}, after, after, np.zeros((5, 1, 2), np.int32), done)
    np.testing.assert_array_equal(values["air"][:, 0], [[1, 1], [2, 0], [3, 1], [1, 1], [2, 2]])
    np.testing.assert_array_equal(carry["air"], [[2, 2]])


def test_both_kinds_in_the_order_of_their_names(make_state):
    rows = pack(make_state(2, (3, 4), boost=7))
    terms, actions = {"air": in_a_row, "boost": boost}, np.zeros((3, 4, 2), np.int32)
    _, values = run(terms, rows, rows, actions, np.zeros((3, 4), bool))
    assert list(values) == ["air", "boost"]
    np.testing.assert_array_equal(values["boost"], 7)
    np.testing.assert_array_equal(values["air"][:, 0, 0], [1, 2, 3])


def random_decisions(make_state):
    rng, shape = np.random.default_rng(3), (9, 4, 2)
    before, after = pack(make_state(2, shape[:2])), pack(make_state(2, shape[:2]))
    unpack(before).position[:] = rng.normal(size=(*shape, 3))
    unpack(after).boost[:] = rng.integers(0, 20, shape)
    unpack(after).on_ground[:] = rng.random(shape) < 0.3
    return before, after, np.zeros(shape, np.int32), rng.random(shape[:2]) < 0.2


TERMS = {"air": in_a_row, "most": new_most}


def test_in_two_parts_it_is_the_same_as_in_one(make_state):
    decisions = random_decisions(make_state)
    whole_carry, whole = run(TERMS, *decisions)
    carry, first = run(TERMS, *(array[:4] for array in decisions))
    carry, second = run(TERMS, *(array[4:] for array in decisions), carry=carry)
    for name in TERMS:
        np.testing.assert_array_equal(np.concatenate([first[name], second[name]]), whole[name])
    jax.tree.map(np.testing.assert_array_equal, carry, whole_carry)


def test_a_scan_of_jax_gives_the_same(make_state):
    """Values and carries, a bool value and a named tuple with an array in it among them."""

    def body(carry, inputs):
        before, after, actions, done = inputs
        carry, values = step(TERMS, carry, unpack(before), unpack(after), actions)
        return restart(TERMS, carry, done), values

    decisions = random_decisions(make_state)
    expected_carry, expected = run(TERMS, *decisions)
    start = jax.tree.map(jnp.asarray, begin(TERMS, (4, 2)))
    carry, values = jax.lax.scan(body, start, tuple(jnp.asarray(array) for array in decisions))
    assert 0 < expected["most"].mean() < 1
    for name in TERMS:
        np.testing.assert_array_equal(values[name], expected[name])
    assert isinstance(carry["most"], Seen)
    jax.tree.map(np.testing.assert_array_equal, carry, expected_carry)


@pytest.mark.parametrize("start", [None, "x", (), [1, "a"], float("nan"), np.zeros((2, 2)), {"a": None}, np.zeros(0)])
def test_a_start_that_is_not_made_of_numbers_is_refused(start):
    with pytest.raises(TypeError, match="the start of a memory must"):
        with_memory(start)(lambda carry, state, next_state, actions: (carry, carry))


WRONG = {
    "carry": "must return \\(memory, value\\), not ndarray",
    "(carry, carry, carry)": "must return \\(memory, value\\), not tuple",
    "(carry, carry.sum(-1))": "must return one number per car, shape \\(4, 2\\), not \\(4,\\)",
    "((carry, carry), carry)": "in the form of its start, number, not \\(number, number\\)",
    "(carry.sum(-1), carry)": "every number of the memory in the shape \\(4, 2\\), not \\(4,\\)",
    "(None, carry)": "every number of the memory in the shape \\(4, 2\\), not NoneType",
    "(carry, carry / state.bost)": "AttributeError: .*bost",
}


@pytest.mark.parametrize("returned", WRONG)
def test_a_term_that_returns_something_else_is_named(returned, make_state, tmp_path, monkeypatch):
    module = f"wrong_memory_{[*WRONG].index(returned)}"
    (tmp_path / f"{module}.py").write_text(
        "from jaxrl.game.rewards.memory import with_memory\n\n@with_memory(0)\n"
        f"def term(carry, state, next_state, actions):\n    return {returned}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    terms, rows = resolve_terms([f"{module}:term"]), pack(make_state(2, (3, 4)))
    expected = f"reward term {module}:term .*{module}.py, line [345].*{WRONG[returned]}"
    with pytest.raises(UserError, match=expected) as error:
        run(terms, rows, rows, np.zeros((3, 4, 2), np.int32), np.zeros((3, 4), bool))
    assert "\n" not in str(error.value)


def test_whatever_numbers_a_carry_is_made_of_it_stays_float32(make_state):
    @with_memory({"flag": False, "count": 0})
    def mixed(carry, state, next_state, actions):
        return {"count": np.int64(1) + carry["count"].astype(int), "flag": carry["count"] > 0}, carry["flag"]

    rows = pack(make_state(2, (3,)))
    carry, values = run({"mixed": mixed}, rows, rows, np.zeros((3, 2), np.int32), np.zeros(3, bool))
    np.testing.assert_array_equal(carry["mixed"]["count"], [3, 3])
    assert {leaf.dtype for leaf in jax.tree.leaves(carry)} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(values["mixed"], [[0, 0], [0, 0], [1, 1]])


def test_a_game_keeps_terms_with_memory_apart(tmp_path, monkeypatch):
    (tmp_path / "my_memory.py").write_text(
        "from jaxrl.game.rewards.memory import with_memory\n\n@with_memory(0)\n"
        "def term(carry, state, next_state, actions):\n    return carry, carry\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    game = rocket_league(1, 8, ["goal", "my_memory:term"])
    rows = np.zeros((3, game.state_size), np.float32)
    assert list(game.rewards(rows, rows, np.zeros((3, 2), np.int32))) == ["goal"]
    assert list(game.memory_terms) == ["my_memory:term"]


def test_what_a_term_with_memory_reads_is_found():
    assert fields_read([in_a_row], 2) == {"on_ground"}
    assert fields_read([new_most, boost], 4) == {"boost", "position"}
    assert fields_read([with_memory(0)(lambda c, s, n, a: (c.nothing, c))], 2) == NAMES
