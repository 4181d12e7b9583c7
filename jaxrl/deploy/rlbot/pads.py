"""Who took a boost pad: RLBot says only that it is gone."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from jaxrl.deploy.rlbot.car import Car, is_demolished
from jaxrl.game.field import CAR_MAX_SPEED, LARGE_PADS, PAD_PLACES, TICKS_PER_SECOND

# uu from the middle of a small and of a large pad to the car that takes it, at most
REACH = {False: 200.0, True: 260.0}
BEGUN_AGAIN = 1.0  # s by which the clock of a pad goes back that is taken in the very tick in which it comes back


class PadsTaken:
    """The boost pads of the field from packet to packet."""

    def __init__(self, pads: np.ndarray | None) -> None:
        """Watch the pads; `pads` `[34]` is from `pad_order`, None: look at none."""
        self._places = {} if pads is None else {int(k): place for place, k in enumerate(pads)}
        self._active: list[bool] = []
        self._timers: list[float] = []  # s since each was taken, by RLBot's clock

    def watch(self, packet: Any, cars: Mapping[int, Car], ticks: int) -> dict[int, list[bool]]:
        """For every car that took pads since the packet before, `ticks` ago: whether each of them is a large one.

        `cars` are as they were in that packet.
        """
        before, timers = self._active, self._timers
        active, now = [pad.is_active for pad in packet.boost_pads], [pad.timer for pad in packet.boost_pads]
        self._active, self._timers = active, now
        takers: dict[int, list[bool]] = {}
        if len(before) != len(active):
            return takers
        for k, place in self._places.items():
            if not active[k] and (before[k] or timers[k] - now[k] > BEGUN_AGAIN):
                taker = _nearest(place, packet.players, cars, ticks)
                if taker is not None:
                    takers.setdefault(taker, []).append(place in LARGE_PADS)
        return takers


def _nearest(place: int, players: Any, cars: Mapping[int, Car], ticks: int) -> int | None:
    """The car that is near enough to the pad at `place`: one that has more boost than before, else the nearest."""
    x, y = PAD_PLACES[place]
    reach = REACH[place in LARGE_PADS] + CAR_MAX_SPEED * ticks / TICKS_PER_SECOND
    near: list[tuple[bool, float, int]] = []
    for index, player in enumerate(players):
        if index in cars and not is_demolished(player) and not cars[index].is_demolished:
            location = player.physics.location
            distance = ((location.x - x) ** 2 + (location.y - y) ** 2) ** 0.5
            if distance < reach:
                near.append((player.boost <= cars[index].tank.boost, distance, index))
    return min(near)[2] if near else None
