"""Ctrl-C, SIGTERM and a closed terminal as a request to stop, so that a run can finish its update and save."""

import signal
import time
from types import FrameType, TracebackType
from typing import Self

# SIGHUP: the terminal was closed, or the connection to it was lost. `nohup` has it ignored: then the run goes on.
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# `uv run` and `timeout` forward a signal that the process group already got; ignore that duplicate
ECHO_SECONDS = 1.0


class StopSignals:
    """While active, the first of these signals sets `received`; a later one ends the process without saving."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as in a shell; 0 if no signal came."""
        return 128 + self.received if self.received is not None else 0

    def __enter__(self) -> Self:
        without_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        heeded = NUMBERS[:-1] if without_terminal else NUMBERS
        self._previous = {number: signal.signal(number, self._handle) for number in heeded}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.received is None:
            self.received, self._since = signal.Signals(number), now
        elif now - self._since > ECHO_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
