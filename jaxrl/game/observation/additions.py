"""What a config may add to the observation beyond the standard one and the car's own frame: times, contacts, touches.

Each addition is numbers of every car, seen in the order of the standard observation (the own car, team mates,
opponents), or of the boost pads. Vectors are turned by 180 degrees for orange, and everything has its mirror image.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jaxrl.game.field import LARGE_PADS, NUM_PADS, PAD_PLACES
from jaxrl.game.observation.standard import others
from jaxrl.game.state import Array, State, namespace, team_signs

LONGEST = 2.0  # s; times in the air and of flips are cut off here
JUMP_SECONDS, FLIP_SECONDS, DODGE_SECONDS = 0.2, 0.65, 1.25  # of a jump's push, of a flip's turn, until a flip expires
TOUCH_TICKS = 1200.0  # 10 s; a touch that is longer ago counts as just as long ago
WHEELS = (1, 0, 3, 2)  # where each wheel is in the mirror
PADS = tuple(PAD_PLACES.index((-x, y)) for x, y in PAD_PLACES)  # where each pad is in the mirror
PAD_SECONDS = np.array([10.0 if pad in LARGE_PADS else 4.0 for pad in range(NUM_PADS)], np.float32)


@dataclass(frozen=True)
class Addition:
    """Numbers `[..., C, k]` of every car, or of every car's view of the pads."""

    reads: tuple[str, ...]  # fields of a state
    values: Callable[[State], Array]  # state -> [..., C, k]; of pads [..., k]
    turns: tuple[int, ...]  # [k], the sign of each number where orange sees it; () = pads, in reverse order
    signs: tuple[int, ...]  # [k], the sign of each number in the mirror
    places: tuple[int, ...]  # [k], where each number is in the mirror

    @property
    def of_pads(self) -> bool:
        """Whether the numbers are those of the pads."""
        return not self.turns

    def size(self, num_cars: int) -> int:
        """Numbers that a car sees."""
        return len(self.signs) * (1 if self.of_pads else num_cars)

    def observe(self, state: State) -> Array:
        """What every car sees, `[..., C, size]` float32."""
        values, xp = self.values(state), namespace(state.boost)
        num_cars = state.boost.shape[-1]
        if self.of_pads:
            seen = [values[..., np.arange(NUM_PADS)[::side]] for side in (1, -1) for _ in range(num_cars // 2)]
            return xp.stack(seen, axis=-2)
        signs = np.where(team_signs(num_cars)[:, None] > 0, 1, np.array(self.turns)).astype(np.float32)
        orders = [[viewer, *others(viewer, num_cars)] for viewer in range(num_cars)]
        return xp.stack(
            [
                xp.concatenate([values[..., car, :] * signs[viewer] for car in order], axis=-1)
                for viewer, order in enumerate(orders)
            ],
            axis=-2,
        )

    def mirror(self, seen: Array, num_cars: int) -> Array:
        """Observations `[..., size]` as seen in the mirror."""
        count, copies = len(self.signs), self.size(num_cars) // len(self.signs)
        places = np.concatenate([np.array(self.places) + count * copy for copy in range(copies)])
        return seen[..., places] * namespace(seen).asarray(np.tile(np.array(self.signs, np.float32), copies))


def _columns(*columns: Array) -> Array:
    return namespace(columns[0]).concatenate([column[..., None] for column in columns], axis=-1)


def _timers(state: State) -> Array:
    return _columns(
        state.has_jumped,
        state.is_jumping,
        state.jump_time / JUMP_SECONDS,
        state.has_double_jumped,
        state.has_flipped,
        state.is_flipping,
        state.flip_time.clip(0, LONGEST) / FLIP_SECONDS,
        state.flip_direction[..., 0],
        state.flip_direction[..., 1],
        state.air_time.clip(0, LONGEST) / LONGEST,
        state.air_time_since_jump.clip(0, LONGEST) / DODGE_SECONDS,
        state.handbrake,
    )


def _contacts(state: State) -> Array:
    return namespace(state.boost).concatenate([state.wheels_in_contact, state.surface_normal], axis=-1)


def _touches(state: State) -> Array:
    return _columns(state.ticks_since_contact.clip(0, TOUCH_TICKS) / TOUCH_TICKS, state.first_touch)


def _pad_timers(state: State) -> Array:
    return state.pad_seconds * (1 / PAD_SECONDS)


def _plain(count: int) -> tuple[int, ...]:
    return (1,) * count


ADDITIONS: dict[str, Addition] = {
    "timers": Addition(
        (
            *("has_jumped", "is_jumping", "jump_time", "has_double_jumped", "has_flipped", "is_flipping"),
            *("flip_time", "flip_direction", "air_time", "air_time_since_jump", "handbrake"),
        ),
        _timers,
        _plain(12),
        (*_plain(8), -1, *_plain(3)),
        tuple(range(12)),
    ),
    "contacts": Addition(
        ("wheels_in_contact", "surface_normal"),
        _contacts,
        (1, 1, 1, 1, -1, -1, 1),
        (1, 1, 1, 1, -1, 1, 1),
        (*WHEELS, 4, 5, 6),
    ),
    "touches": Addition(("ticks_since_contact", "first_touch"), _touches, (1, 1), (1, 1), (0, 1)),
    "pad_timers": Addition(("pad_seconds",), _pad_timers, (), _plain(NUM_PADS), PADS),
}
