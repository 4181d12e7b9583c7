"""Columns of a row, derived from a table of its fields: a NamedTuple whose annotations carry a `Field` each.

The table of raw states is `jaxrl.game.layout.State`; tests have others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, Literal, TypeVar, get_type_hints

import numpy as np

from jaxrl.game.arrays import Array, namespace

# How a field changes with the point of view. In the mirror x -> -x (game/observation/mirror.py) a vector's x changes
# sign, of a rotation axis the two others do, a scalar stays, pads change places, an action becomes the one that steers
# to the other side; of a direction in the car's own frame ("local": ahead, right) the second number changes sign, and
# left wheels become right ones. Turned by 180 degrees about z, as orange sees it (game/observation/standard.py), x and
# y of vectors and axes change sign, pads are in the reverse order, everything else stays.
Kind = Literal["vector", "axis", "scalar", "pads", "action", "local", "wheels"]


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

    def formats(self, num_cars: int) -> Iterator[np.ndarray]:
        """For each row format, today's first: which columns `[F]` of today's row it had, in their order."""
        places = self.unpack(np.arange(self.row_size(num_cars)))
        for row_format in sorted({field.since for field in self.fields}, reverse=True):
            had: dict[bool, list[np.ndarray]] = {False: [], True: []}
            for field, columns in zip(self.fields, places, strict=True):
                if field.since <= row_format:
                    had[field.of_car].append(columns.reshape(num_cars if field.of_car else 1, -1))
            yield np.concatenate([np.concatenate(parts, axis=1).ravel() for parts in had.values() if parts])

    def upgrade(self, rows: np.ndarray, num_cars: int) -> np.ndarray:
        """Rows `[..., F]` of any format as rows of today's; what they lack is as at the start of an episode, or 0.

        Raises ValueError for a number of columns that no format has for `num_cars` cars.
        """
        for kept in self.formats(num_cars):
            if len(kept) == rows.shape[-1]:
                full = np.zeros((*rows.shape[:-1], self.row_size(num_cars)), np.float32)
                for field, value in zip(self.fields, self.unpack(full), strict=True):
                    value[...] = field.first or 0
                full[..., kept] = rows
                return full
        raise ValueError(f"{rows.shape[-1]} numbers are no row of {num_cars} cars")

    @cached_property
    def observed(self) -> tuple[int, int]:
        """How many of the arena's numbers, and of each car's, reach up to the last one that bots observe."""
        seen = [field for field in self.fields if field.seen]
        ends = [[self.columns(f.name).stop for f in seen if f.of_car == of_car] for of_car in (False, True)]
        return max(ends[0], default=0), max(ends[1], default=0)

    def observed_part(self, rows: Array) -> Array:
        """The part of rows `[..., F]` that bots may observe, likewise the arena's and then the cars': `[..., G]`."""
        of_arena, of_car = self.observed
        cars = self.cars(rows)[..., :of_car]
        return namespace(rows).concatenate(
            [rows[..., :of_arena], cars.reshape(*rows.shape[:-1], cars.shape[-2] * of_car)], axis=-1
        )

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
