"""Ctrl-C and SIGTERM as a wish to stop, so that a run can finish its update and save."""

import signal
from types import FrameType, TracebackType
from typing import Self


class StopSignals:
    """While active, the first SIGINT or SIGTERM sets `received`; a second one ends the process at once."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells have it; 0 if none came."""
        return 128 + self.received if self.received is not None else 0

    def __enter__(self) -> Self:
        self._previous = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        for each in self._previous:  # the next one ends the process, even in the middle of a compiled program
            signal.signal(each, signal.SIG_DFL)
