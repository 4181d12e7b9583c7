"""The table of a raw state row: every field once, with all that is known of it. Everything else derives from it.

A row `[F]` float32 holds the arena's fields, then the fields of every car, blue cars first. A new field is one entry in
`State` below, and whoever writes rows fills it: `sim/rocketsim2/rows.py`, `deploy/rlbot/packet.py`. Views, packing,
column numbers, the mirror, ONNX metadata, first states and the documentation derive from it. Vectors are in RocketSim's
world frame: orange defends +y, z is up.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Generic, Literal, NamedTuple, TypeVar, get_type_hints

import numpy as np

from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.arrays import Array
from jaxrl.game.field import NUM_PADS

LONG_AGO = 2.0**20  # ticks; "no contact yet in this episode", exact in float32 like every count of ticks below 2**24

# How a field changes with the point of view. In the mirror x -> -x (game/observation/mirror.py) a vector's x changes
# sign, of a rotation axis the two others do, a scalar stays, pads change places, an action becomes the one that steers
# to the other side. Turned by 180 degrees about z, as orange sees it (game/observation/standard.py), x and y of vectors
# and axes change sign, pads are in the reverse order, everything else stays.
Kind = Literal["vector", "axis", "scalar", "pads", "action"]


@dataclass(frozen=True)
class Field:
    """One field of a row: `size` numbers, for the arena or for every car."""

    unit: str
    meaning: str
    size: int = 1  # 1: the field has no axis of its own
    kind: Kind = "scalar"
    of_car: bool = True
    first: float | None = None  # its value in the first state of an episode, where that is always the same
    seen: bool = True  # whether bots observe it; if not, whoever runs a bot may leave it 0
    since: int = 1  # the row format that introduced it
    name: str = ""  # of the attribute of State it belongs to

    def shape(self, num_cars: int) -> tuple[int, ...]:
        """Shape of the field in one state of `num_cars` cars."""
        return (num_cars,) * self.of_car + (self.size,) * (self.size > 1)


def _arena(unit: str, meaning: str, size: int, kind: Kind = "scalar", seen: bool = True) -> Field:
    return Field(unit, meaning, size, kind, of_car=False, seen=seen)


def _vector(unit: str, meaning: str, kind: Kind = "vector") -> Field:
    return Field(unit, meaning, 3, kind)


class State(NamedTuple):
    """Named views of rows `[..., F]`, float32: arena fields `[..., size]`, fields of C cars `[..., C, size]`.

    Fields of size 1 have no axis of their own: `[..., C]`. Counts that only grow (score, demos) begin when the arena is
    made: only differences mean something.
    """

    score: Annotated[Array, _arena("goals", "of blue and orange since the arena was made", 2, seen=False)]
    ball_position: Annotated[Array, _arena("uu", "center of the ball", 3, "vector")]
    ball_velocity: Annotated[Array, _arena("uu/s", "velocity of the ball", 3, "vector")]
    ball_angular_velocity: Annotated[Array, _arena("rad/s", "spin of the ball", 3, "axis")]
    pads: Annotated[Array, _arena("0 or 1", "1 where the boost pad is active, in RocketSim's order", NUM_PADS, "pads")]
    position: Annotated[Array, _vector("uu", "center of the car")]
    forward: Annotated[Array, _vector("unit vector", "where the nose points")]
    up: Annotated[Array, _vector("unit vector", "where the roof points")]
    velocity: Annotated[Array, _vector("uu/s", "velocity of the car")]
    angular_velocity: Annotated[Array, _vector("rad/s", "rotation of the car", "axis")]
    boost: Annotated[Array, Field("0 to 100", "what is left in the tank")]
    on_ground: Annotated[Array, Field("0 or 1", "three wheels or more in contact")]
    has_flip_or_jump: Annotated[Array, Field("0 or 1", "the car can still jump or flip")]
    demoed: Annotated[Array, Field("0 or 1", "demolished, waiting to respawn")]
    ticks_since_contact: Annotated[
        Array, Field("ticks", "since the car touched the ball, 0 in this decision", first=LONG_AGO, seen=False)
    ]
    demos: Annotated[Array, Field("count", "demolitions inflicted since the arena was made", seen=False)]
    previous_action: Annotated[
        Array,
        Field("0 to 89", "the action that led here, row of the action table", kind="action", first=NEUTRAL_ACTION),
    ]


S = TypeVar("S", bound=tuple)


@dataclass(frozen=True)
class Layout(Generic[S]):
    """Columns of a table's fields in a row. `table` is a NamedTuple whose annotations carry a `Field` each."""

    table: type[S]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All fields in the order of the row: the arena's first."""
        hints = get_type_hints(self.table, include_extras=True)
        fields = tuple(_named(hint.__metadata__[0], name) for name, hint in hints.items())
        if [field.of_car for field in fields] != sorted(field.of_car for field in fields):
            raise TypeError(f"{self.table.__name__}: the arena's fields come first")
        return fields

    @cached_property
    def arena_size(self) -> int:
        """Numbers that belong to the arena."""
        return sum(field.size for field in self.fields if not field.of_car)

    @cached_property
    def car_size(self) -> int:
        """Numbers that belong to each car."""
        return sum(field.size for field in self.fields if field.of_car)

    @cached_property
    def offsets(self) -> dict[str, int]:
        """The first column of each field: in the row for the arena's, among the car's numbers for a car's."""
        offsets, ends = {}, {False: 0, True: 0}
        for field in self.fields:
            offsets[field.name] = ends[field.of_car]
            ends[field.of_car] += field.size
        return offsets

    def row_size(self, num_cars: int) -> int:
        """F, numbers in the row of an arena with `num_cars` cars."""
        return self.arena_size + self.car_size * num_cars

    def num_cars(self, row_size: int) -> int:
        """C, cars in a row of F numbers."""
        return (row_size - self.arena_size) // self.car_size

    def column(self, name: str) -> int:
        """The one column of a field of size 1, see `offsets`."""
        return self.offsets[name]

    def columns(self, name: str) -> slice:
        """The columns of a field, see `offsets`."""
        size = next(field.size for field in self.fields if field.name == name)
        return slice(self.offsets[name], self.offsets[name] + size)

    def cars(self, rows: Array) -> Array:
        """The cars' part of rows `[..., F]` as `[..., C, car_size]` (a view under numpy)."""
        return rows[..., self.arena_size :].reshape(*rows.shape[:-1], self.num_cars(rows.shape[-1]), self.car_size)

    def unpack(self, rows: Array) -> S:
        """Rows `[..., F]` as named fields (views under numpy)."""
        cars = self.cars(rows)
        return self.table(*[(cars if of_car else rows)[..., place] for of_car, place in self._places])

    @cached_property
    def _places(self) -> list[tuple[bool, int | slice]]:
        """For each field whether it is of a car, and its column or columns: `unpack` is called at every decision."""
        return [(f.of_car, self.offsets[f.name] if f.size == 1 else self.columns(f.name)) for f in self.fields]

    def pack(self, state: S) -> np.ndarray:
        """The inverse of `unpack`, for numpy: rows `[..., F]` float32."""
        parts: dict[bool, list[np.ndarray]] = {True: [], False: []}
        for field, value in zip(self.fields, state, strict=True):
            array = np.asarray(value)
            parts[field.of_car].append(array[..., None] if field.size == 1 else array)
        cars = np.concatenate(parts[True], axis=-1)
        return np.concatenate([*parts[False], cars.reshape(*cars.shape[:-2], -1)], axis=-1).astype(np.float32)

    def complete(self, num_cars: int, **known: Array) -> S:
        """Fill in a state of which only some fields are known.

        The others are as in the first state of an episode, or 0 where no bot observes them. Raises TypeError for a
        field that is neither known nor one of these, and for a name that is not in the table.
        """
        rest = [field for field in self.fields if field.name not in known]
        if needed := [field.name for field in rest if field.seen and field.first is None]:
            raise TypeError(f"bots observe {', '.join(needed)}, which must be known")
        return self.table(**known, **{field.name: np.full(field.shape(num_cars), field.first or 0) for field in rest})

    def markdown(self) -> str:
        """A Markdown table of all fields, for the documentation; columns of a car's fields count from its first."""
        lines = [
            "| field | of | columns | unit | meaning | first state | observed | format |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for field in self.fields:
            place = self.columns(field.name)
            columns = f"{place.start}" if field.size == 1 else f"{place.start} to {place.stop - 1}"
            owner = "each car" if field.of_car else "arena"
            first = "" if field.first is None else str(int(field.first))
            seen = "yes" if field.seen else "no"
            cells = (f"`{field.name}`", owner, columns, field.unit, field.meaning, first, seen, str(field.since))
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)


def _named(field: Field, name: str) -> Field:
    return replace(field, name=name)


LAYOUT = Layout(State)
