"""Boost of one car across packets: what was used, what pads gave, and whether it pushes."""

from collections.abc import Sequence

from jaxrl.game.field import TICKS_PER_SECOND

FULL = 100.0
USED_PER_TICK = FULL / 3 / TICKS_PER_SECOND
SHORTEST_TICKS = 12  # for which boost pushes at least, once it does
GIVEN = {False: 12.0, True: FULL}  # by a small and by a large pad
SAME = 1e-3  # differences of boost that are rounding


class Tank:
    """The boost of a car, 0 to 100, and its counts in this episode."""

    def __init__(self, boost: float) -> None:
        self.boost = boost
        self.boosting = False  # boost pushes the car
        self.used = self.gained = 0.0
        self.small_pads = self.large_pads = 0
        self._boosting_ticks = 0
        self._used = 0.0  # in this decision
        self._counts = True  # whether what is used in this decision counts, see `begin_decision`

    def start_episode(self) -> None:
        """Count from 0, as from a kickoff on."""
        self.used = self.gained = self._used = 0.0
        self.small_pads = self.large_pads = self._boosting_ticks = 0
        self.boosting, self._counts = False, True

    def replace(self, boost: float) -> None:
        """Another tank, of a car that respawned."""
        self.boost, self.boosting, self._boosting_ticks = boost, False, 0

    def begin_decision(self, is_demolished: bool) -> None:
        """Begin a decision; as in training, what is used in one in which the car is demolished or back counts not."""
        self.used = self.used_until_now(is_demolished)
        self._used, self._counts = 0.0, not is_demolished

    def used_until_now(self, is_demolished: bool) -> float:
        """The boost used in this episode."""
        return self.used + (self._used if self._counts and not is_demolished else 0.0)

    def watch(self, boost: float, pressed: bool, ticks: int, pads: Sequence[bool]) -> None:
        """Update the tank after `ticks`, in which the car took `pads` (whether each is a large one).

        `pressed` says whether the button of boost is.
        """
        change = boost - self.boost
        pushes = self.boost > 0 and (pressed or 0 < self._boosting_ticks < SHORTEST_TICKS)
        if not pads:
            used, pushes = max(-change, 0.0), change < -SAME
        else:
            gained = sum(GIVEN[large] for large in pads)
            used = min(USED_PER_TICK * ticks, self.boost) if pushes else 0.0
            if self.boost + gained <= FULL:  # all of it had room
                used = gained - change
            self.gained += max(change + used, 0.0)
        self._used += used
        self.small_pads += len(pads) - sum(pads)
        self.large_pads += sum(pads)
        self.boost, self.boosting = boost, pushes
        self._boosting_ticks = self._boosting_ticks + ticks if pushes else 0
