"""Watches for NaN and infinity: names what produced them and ends the run after too many dropped updates in a row."""

from collections.abc import Callable
from typing import Literal

import jax

from jaxrl.errors import NumberError
from jaxrl.ppo.metrics import Metrics

MAX_IN_A_ROW = 10  # dropped updates; what fails this often will not stop by itself


class NanGuard:
    """Checks every update; one that met NaN has already left the state as it was."""

    def __init__(self, on_nan: Literal["skip", "stop"], report: Callable[[str], None]) -> None:
        self.dropped = 0
        self._checked = 0
        self._in_a_row = 0
        self._stop = on_nan == "stop"
        self._report = report

    def check(self, metrics: Metrics, update: int) -> None:
        """Name the culprit; raises NumberError if the config says stop, or after MAX_IN_A_ROW dropped updates."""
        self._checked += 1
        culprit = jax.device_get(metrics.not_finite).culprit()
        if culprit is None:
            self._in_a_row = 0
            return
        self.dropped += 1
        self._in_a_row += 1
        line = f"update {update}: NaN or infinity in {culprit}"
        if self._stop:
            raise NumberError(f"{line} (training.on_nan: stop)")
        if self._in_a_row >= MAX_IN_A_ROW:
            raise NumberError(f"{line}, for the {self._in_a_row}th time in a row")
        self._report(f"{line}: the update was dropped")

    @property
    def all_dropped(self) -> bool:
        """Whether there were updates, and nothing was learned from any."""
        return 0 < self.dropped == self._checked

    def summarize(self) -> None:
        """Report how many updates were dropped, if any were."""
        if self.dropped:
            lost = "nothing was learned" if self.all_dropped else "nothing was learned from those"
            self._report(f"{self.dropped} of {self._checked} updates were dropped for NaN or infinity: {lost}")
