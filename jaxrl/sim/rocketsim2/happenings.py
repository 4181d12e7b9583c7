"""Bumps, demolitions, pads and boost of every car in its episode, counted by RocketSim's callbacks: rare, so cheap."""

from operator import attrgetter

import numpy as np
import RocketSim as rs

from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.state import State
from jaxrl.sim.rocketsim2.groups import BOOST, COUNTED

boosting_time = attrgetter("boosting_time")  # RocketSim's stub lacks it
USED_PER_SECOND = rs.RLConst.BOOST_USED_PER_SECOND
GIVEN = {False: 12.0, True: 100.0}  # by a small and by a large pad


class Happenings:
    """The counts of a batch of arenas; A arenas, C cars."""

    def __init__(self, num_arenas: int, num_cars: int) -> None:
        self._counts = {name: np.zeros((num_arenas, num_cars), np.float32) for name in (*COUNTED, *BOOST)}
        self._gained = np.zeros((num_arenas, num_cars), np.float32)  # in this decision
        self._boost = np.zeros((num_arenas, num_cars), np.float32)  # in the tanks when it began
        self._demoed = np.zeros((num_arenas, num_cars), np.bool_)
        self._ticks = [0] * num_arenas  # of the arena then
        self._any_gained = False

    def watch(self, index: int, arena: rs.Arena) -> None:
        """Count what happens in an arena from now on; cars have the numbers 1, 2, ... there."""
        arena.set_car_bump_callback(self._on_bump, index)
        arena.set_boost_pickup_callback(self._on_pickup, index)
        self._ticks[index] = arena.tick_count

    def start_episodes(self, indices: np.ndarray, arenas: list[rs.Arena], state: State) -> None:
        """Begin at 0 in the arenas at `indices`, which are in `state`."""
        for counts in (*self._counts.values(), self._gained):
            counts[indices] = 0
        self._boost[indices], self._demoed[indices] = state.boost[indices], False
        for i in indices:
            self._ticks[i] = arenas[i].tick_count

    def write(self, state: State, ticks: int) -> None:
        """Write the counts to the `state` at the end of a decision of `ticks`."""
        demoed = state.demoed > 0
        used = self._boost + self._gained - state.boost
        used[demoed | self._demoed] = 0  # a car respawns with another tank
        self._counts["boost_used"] += np.maximum(used, 0)
        self._counts["boost_gained"] += self._gained
        self._boost[:], self._demoed[:] = state.boost, demoed
        if self._any_gained:
            self._gained[:] = 0
            self._any_gained = False
        self._ticks = [tick + ticks for tick in self._ticks]
        for name, counts in self._counts.items():
            getattr(state, name)[:] = counts

    def _on_bump(self, arena: rs.Arena, bumper: rs.Car, victim: rs.Car, is_demo: bool, data: int) -> None:
        if is_demo:
            self._counts["demolished"][data, victim.id - 1] += 1
        else:
            self._counts["bumps"][data, bumper.id - 1] += 1
            self._counts["bumped"][data, victim.id - 1] += 1

    def _on_pickup(self, arena: rs.Arena, car: rs.Car, boost_pad: rs.BoostPad, data: int) -> None:
        is_large, c = boost_pad.is_big, car.id - 1
        self._counts["large_pads" if is_large else "small_pads"][data, c] += 1
        # RocketSim calls after it has filled the tank: what that took follows from what was in it
        played = (arena.tick_count + 1 - self._ticks[data]) / TICKS_PER_SECOND
        used = USED_PER_SECOND * min(boosting_time(car.get_state()), played)
        room = 100 - (self._boost[data, c] + self._gained[data, c] - used)
        self._gained[data, c] += max(min(GIVEN[is_large], room), 0)
        self._any_gained = True


def pad_seconds(pads: list[list[rs.BoostPad]], active: np.ndarray, seconds: np.ndarray, ticks: int) -> None:
    """Count `seconds` `[A, 34]` until every pad is back down by `ticks`; RocketSim is asked for those just taken.

    `active` `[A, 34]` is 1 where a pad is there.
    """
    np.subtract(seconds, ticks / TICKS_PER_SECOND, out=seconds)
    # also one whose time is over and that is not there: it came back, and was taken again in the same decision
    taken = (active == 0) & (seconds < 0.5 / TICKS_PER_SECOND)
    seconds[active > 0] = 0
    for i, pad in zip(*np.nonzero(taken), strict=True):
        seconds[i, pad] = pads[i][pad].get_state().cooldown
