"""What the network gets to see: the standard observation, and what the config adds to it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from jaxrl.game.actions import EVERY_ACTION
from jaxrl.game.observation.additions import ADDITIONS, Addition
from jaxrl.game.observation.ball_path import BALL_PATH_SIGNS, BALL_PATH_SIZE, ball_path
from jaxrl.game.observation.car_frame import car_frame, car_frame_size, of_others
from jaxrl.game.observation.custom import custom_size, observe_custom
from jaxrl.game.observation.mirror import (
    ball_on_left,
    car_frame_signs,
    mirror_actions,
    mirror_observation,
    mirror_state,
)
from jaxrl.game.observation.near_pads import NEAR_PADS_SIGNS, NEAR_PADS_SIZE, near_pads
from jaxrl.game.observation.standard import observation_size, observe
from jaxrl.game.state import Array, namespace, unpack

Mirror = Callable[[Array], Array]


@dataclass(frozen=True)
class View:
    """The way from states to observations, and between actions in the world and those of the network."""

    car_frame: bool = False  # adds what a car sees in its own frame
    mirror: bool = False  # every car sees the ball on its right
    other_frames: bool = False  # adds the same of every other car
    timers: bool = False  # adds jumps, flips and their times of every car
    contacts: bool = False  # adds wheels and the surface that the body touches, of every car
    touches: bool = False  # adds how long ago each car touched the ball
    pad_timers: bool = False  # adds when each boost pad is back
    near_pads: bool = False  # adds where the nearest boost pads lie from the car
    ball_path: bool = False  # adds where the ball will be
    standard: bool = True  # has the standard observation
    custom: str = ""  # adds what a function of the user's gives, `package.module:function`

    @property
    def additions(self) -> tuple[Addition, ...]:
        """Those of `ADDITIONS` that are on."""
        return tuple(addition for name, addition in ADDITIONS.items() if getattr(self, name))

    @property
    def reads(self) -> frozenset[str]:
        """Fields of a state that the additions read; the standard and the own frame read what every bot observes.

        What a function of the user's reads is not among them.
        """
        return frozenset(field for addition in self.additions for field in addition.reads)

    def size(self, num_cars: int) -> int:
        """D, numbers in an observation; raises UserError for a function of the user's, see `observe`."""
        frames = self.car_frame + self.other_frames * (num_cars - 1)
        added = sum(addition.size(num_cars) for addition in self.additions)
        standard = observation_size(num_cars) if self.standard else 0
        ahead = self.near_pads * NEAR_PADS_SIZE + self.ball_path * BALL_PATH_SIZE
        custom = custom_size(self.custom, num_cars) if self.custom else 0
        return standard + frames * car_frame_size(num_cars) + added + ahead + custom

    def observe(self, rows: Array, actions: np.ndarray = EVERY_ACTION) -> Array:
        """Raw states `[..., F]` to the observations of all cars `[..., C, D]`, float32.

        `actions` `[A, 8]` are the rows of `EVERY_ACTION` that previous actions can be. Raises UserError for a function
        of the user's that fails, or that nobody has allowed to be imported.
        """
        xp, state = namespace(rows), unpack(rows)
        num_cars = state.boost.shape[-1]
        parts: list[tuple[Array, Mirror]] = []
        if self.standard:
            parts.append((observe(rows, actions), partial(mirror_observation, num_cars=num_cars)))
        if self.car_frame or self.other_frames:
            frames, signs = car_frame(rows), car_frame_signs(num_cars)
            if self.car_frame:
                parts.append((frames, lambda seen: seen * xp.asarray(signs)))
            if self.other_frames:
                parts.append((of_others(frames), lambda seen: seen * xp.asarray(np.tile(signs, num_cars - 1))))
        parts += [(each.observe(state), partial(each.mirror, num_cars=num_cars)) for each in self.additions]
        if self.near_pads:
            parts.append((near_pads(rows), lambda seen: seen * xp.asarray(NEAR_PADS_SIGNS)))
        if self.ball_path:
            parts.append((ball_path(rows), lambda seen: seen * xp.asarray(BALL_PATH_SIGNS)))
        if self.custom:
            image = partial(observe_custom, self.custom)
            parts.append((image(state), lambda _: image(mirror_state(state))))
        if self.mirror:
            on_left = ball_on_left(rows)[..., None]
            shown = [xp.where(on_left, in_mirror(seen), seen) for seen, in_mirror in parts]
        else:
            shown = [seen for seen, _ in parts]
        return xp.concatenate(shown, axis=-1) if len(shown) > 1 else shown[0]

    def to_world(self, rows: Array, actions: Array, num_actions: int = len(EVERY_ACTION)) -> Array:
        """Actions `[..., C]` int32 as cars see them in states `[..., F]`, as they are in the world.

        An involution: the same function takes actions in the world to those that the cars saw. Their numbers are below
        `num_actions`.
        """
        return mirror_actions(rows, actions, num_actions) if self.mirror else actions


STANDARD = View()
