"""The table of the row: everything that is derived from it covers all of it, also with a field more."""

from typing import Annotated, NamedTuple

import numpy as np
import pytest

from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.layout import LAYOUT, LONG_AGO, Array, Field, Layout, State
from jaxrl.game.observation.mirror import mirror_rows
from jaxrl.game.state import pack, unpack


class Larger(NamedTuple):
    score: Annotated[Array, Field("goals", "of both sides", 2, of_car=False)]
    seconds: Annotated[Array, Field("s", "since kickoff", of_car=False)]
    position: Annotated[Array, Field("uu", "center", 3, "vector")]
    flip_time: Annotated[Array, Field("s", "since the flip began", first=0, since=2)]


def test_the_row_is_as_checkpoints_of_before_have_it():
    """Typed out once more here: a bot that was trained on it must not see its columns move. New fields follow."""
    first = [field.name for field in LAYOUT.fields if field.since == 1]
    sizes = {name: (LAYOUT.columns(name).start, LAYOUT.columns(name).stop) for name in first}
    assert sizes == {
        "score": (0, 2),
        "ball_position": (2, 5),
        "ball_velocity": (5, 8),
        "ball_angular_velocity": (8, 11),
        "pads": (11, 45),
        "position": (0, 3),
        "forward": (3, 6),
        "up": (6, 9),
        "velocity": (9, 12),
        "angular_velocity": (12, 15),
        "boost": (15, 16),
        "on_ground": (16, 17),
        "has_flip_or_jump": (17, 18),
        "demoed": (18, 19),
        "ticks_since_contact": (19, 20),
        "demos": (20, 21),
        "previous_action": (21, 22),
    }
    sizes = [[len(columns) for columns in LAYOUT.formats(num_cars)] for num_cars in (2, 4, 6)]
    assert sizes == [[LAYOUT.row_size(2), 89], [LAYOUT.row_size(4), 133], [LAYOUT.row_size(6), 177]]


@pytest.mark.parametrize("num_cars", [2, 6])
def test_a_row_of_format_1_becomes_one_of_today(num_cars):
    """A hand-made row of that time: numbers counted through, 45 of the arena and 22 of every car."""
    old = np.arange(45 + 22 * num_cars, dtype=np.float32)
    state = unpack(LAYOUT.upgrade(np.stack([old, old + 1000]), num_cars))
    np.testing.assert_array_equal(state.pads[0], np.arange(11, 45))
    np.testing.assert_array_equal(state.score[1], [1000, 1001])
    np.testing.assert_array_equal(state.position[0, :, 0], 45 + 22 * np.arange(num_cars))
    np.testing.assert_array_equal(state.previous_action[0], 66 + 22 * np.arange(num_cars))
    for field, value in zip(LAYOUT.fields, state, strict=True):
        assert field.since == 1 or (value == 0).all(), field.name
    rows = pack(state)
    np.testing.assert_array_equal(LAYOUT.upgrade(rows, num_cars), rows)
    with pytest.raises(ValueError, match="90 numbers are no row of"):
        LAYOUT.upgrade(np.zeros((1, 90), np.float32), num_cars)


def test_what_bots_observe_is_what_a_row_had_before():
    """So an observation costs no more than it did: of 89 numbers those up to the last that is seen."""
    rows = np.arange(2 * LAYOUT.row_size(4), dtype=np.float32).reshape(2, -1)
    *_, first = LAYOUT.formats(4)
    assert LAYOUT.observed == (45, 22)
    np.testing.assert_array_equal(LAYOUT.observed_part(rows), rows[:, first])


def test_a_field_more_is_one_entry():
    """A table with other fields, one of the arena with a single number among them: views, packing, columns."""
    layout = Layout(Larger)
    assert (layout.arena_size, layout.car_size, layout.row_size(2)) == (3, 4, 11)
    row = np.arange(22, dtype=np.float32).reshape(2, 11)
    state = layout.unpack(row)
    np.testing.assert_array_equal(state.seconds, [2, 13])
    np.testing.assert_array_equal(state.position[1], [[14, 15, 16], [18, 19, 20]])
    np.testing.assert_array_equal(state.flip_time, [[6, 10], [17, 21]])
    np.testing.assert_array_equal(layout.pack(state), row)
    assert layout.column("flip_time") == 3
    assert "| `flip_time` | each car | 3 | s | since the flip began | 0 | yes | 2 |" in layout.markdown()


def test_fields_of_cars_before_those_of_the_arena_are_refused():
    class Wrong(NamedTuple):
        boost: Annotated[Array, Field("0 to 100", "of a car")]
        score: Annotated[Array, Field("goals", "of the arena", of_car=False)]

    with pytest.raises(TypeError, match="Wrong: the arena's fields come first"):
        _ = Layout(Wrong).fields


def test_views_write_through():
    rows = np.zeros((3, LAYOUT.row_size(4)), np.float32)
    unpack(rows).boost[:, 2] = 50
    assert np.flatnonzero(rows[0]).tolist() == [LAYOUT.arena_size + 2 * LAYOUT.car_size + LAYOUT.column("boost")]


def test_every_field_is_told_to_readers():
    lines = LAYOUT.markdown().splitlines()
    assert len(lines) == 2 + len(State._fields)
    assert all(field.unit and field.meaning for field in LAYOUT.fields)


def test_a_mirror_image_of_the_mirror_image_is_the_state():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(20, LAYOUT.row_size(2))).astype(np.float32)
    unpack(rows).previous_action[:] = rng.integers(90, size=(20, 2))
    image = mirror_rows(rows)
    assert (image != rows).any(axis=1).all()
    np.testing.assert_array_equal(mirror_rows(image), rows)


def test_an_image_by_hand(make_state):
    """A car at x = 100 that spins about z: at -100, spinning the other way."""
    state = make_state(2, position=[100, 200, 17], angular_velocity=[1, 2, 3], boost=30)
    image = unpack(mirror_rows(pack(state)))
    np.testing.assert_array_equal(image.position[0], [-100, 200, 17])
    np.testing.assert_array_equal(image.angular_velocity[0], [1, -2, -3])
    np.testing.assert_array_equal(image.boost, [30, 30])
    forward_right, forward_left = (
        int(((1, side, 0, side, 0, 0, 0, 0) == ACTION_TABLE).all(axis=1).argmax()) for side in (1, -1)
    )
    state = make_state(2, previous_action=forward_right)
    np.testing.assert_array_equal(unpack(mirror_rows(pack(state))).previous_action, [forward_left] * 2)


def test_what_nobody_can_know_is_as_at_the_start_of_an_episode():
    known = {field.name: np.ones(field.shape(4)) for field in LAYOUT.fields if field.seen and field.first is None}
    state = LAYOUT.complete(4, **known)
    np.testing.assert_array_equal(state.ticks_since_contact, [LONG_AGO] * 4)
    np.testing.assert_array_equal(state.previous_action, [NEUTRAL_ACTION] * 4)
    np.testing.assert_array_equal(state.score, [0, 0])
    np.testing.assert_array_equal(state.boost, [1] * 4)
    assert [np.shape(value) for value in state] == [field.shape(4) for field in LAYOUT.fields]


def test_a_state_without_what_bots_observe_is_refused():
    """A field more that bots see, and a reader of packets that was not told of it."""
    known = {field.name: np.ones(field.shape(2)) for field in LAYOUT.fields if field.name not in ("boost", "pads")}
    with pytest.raises(TypeError, match="bots observe pads, boost"):
        LAYOUT.complete(2, **known)
