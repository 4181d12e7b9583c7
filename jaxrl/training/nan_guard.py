"""Updates that were dropped because a number was none (NaN, infinity): who was it, and when is it enough."""

from collections.abc import Callable
from typing import Literal

import jax

from jaxrl.errors import NumberError
from jaxrl.ppo.update import Metrics

MOST_IN_A_ROW = 10  # dropped updates; what fails so often fails for ever


class NanWatch:
    """Looks at every update. The update itself has already left the state as it was."""

    def __init__(self, on_nan: Literal["skip", "stop"], say: Callable[[str], None]) -> None:
        self.dropped = 0
        self._in_a_row = 0
        self._stop = on_nan == "stop"
        self._say = say

    def look(self, metrics: Metrics, update: int) -> None:
        """Names the culprit; raises NumberError where the config says stop, or after MOST_IN_A_ROW dropped updates."""
        culprit = jax.device_get(metrics.not_finite).culprit()
        if culprit is None:
            self._in_a_row = 0
            return
        self.dropped += 1
        self._in_a_row += 1
        line = f"update {update}: NaN or infinity in {culprit}"
        if self._stop:
            raise NumberError(f"{line} (training.on_nan: stop)")
        if self._in_a_row >= MOST_IN_A_ROW:
            raise NumberError(f"{line}, for the {self._in_a_row}th time in a row")
        self._say(f"{line}: nothing is learnt from it")
