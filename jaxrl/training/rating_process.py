"""Rating in a process of its own, on the CPU, while an accelerator goes on learning.

A bot is rated from one evaluation to the next: what came out is taken when the next bot is handed over, never earlier,
so that nothing depends on how fast the process was.
"""

import multiprocessing
import os
import signal
import weakref
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from jaxrl.config.schema import Config
from jaxrl.errors import one_line
from jaxrl.matches.rating import Learned, Rated, Rater
from jaxrl.plugins import allow_code, allowed_code
from jaxrl.ppo.update import PPO
from jaxrl.sim.engine import resolve
from jaxrl.training.build import make_anchors, make_game
from jaxrl.training.device import configure_device

NICENESS = 10  # arenas come first: those of training are stepped at 5


class RatingProcess:
    """A process that rates one bot at a time; one that was lost is started again for the next."""

    def __init__(self, config: Config, report: Callable[[str], None]) -> None:
        """`config` names the physics that was chosen; `report` is told of a process that was lost."""
        self._config, self._report = config, report
        self._running: list[tuple[SpawnProcess, Connection]] = []  # one or none
        # also at the end of a program that does not call close(): multiprocessing would wait for it for ever
        self.close = weakref.finalize(self, _close, self._running)
        self._process()  # it takes seconds until it reads

    def begin(self, bot: Learned) -> None:
        """Hand `bot` over; the one before must have been taken."""
        with suppress(OSError):  # it is lost: `take` says so
            self._process()[1].send(bot)

    def take(self) -> Rated | None:
        """Wait for the rating of the bot that was handed over last; None, and a line, if the process was lost."""
        process, pipe = self._process()
        try:
            found: Rated | str = pipe.recv()
        except (EOFError, OSError):
            process.join()
            found = f"died (exit code {process.exitcode})"
        if isinstance(found, str):
            _close(self._running)
            self._report(f"jaxrl-rating {found}: one rating is missing, the next evaluation starts it again")
            return None
        return found

    @property
    def pid(self) -> int | None:
        """Process id, of the one that is running."""
        return self._process()[0].pid

    def _process(self) -> tuple[SpawnProcess, Connection]:
        if not self._running:
            context = multiprocessing.get_context("spawn")
            mine, other = context.Pipe()
            process = context.Process(target=_serve, args=(self._config, allowed_code(), other), name="jaxrl-rating")
            process.start()
            other.close()
            self._running.append((process, mine))
        return self._running[0]


def _close(running: list[tuple[SpawnProcess, Connection]]) -> None:
    """End it, whatever it is doing: it writes nothing."""
    for process, pipe in running:
        process.kill()
        process.join()
        pipe.close()
    running.clear()


def _serve(config: Config, allowed: frozenset[str], pipe: Connection) -> None:
    """The process: rate what comes until the other end is closed. An error is sent as its line."""
    # the learner handles what a terminal or a scheduler sends to the whole process group, and then ends this one
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            rater = _rater(config, allowed)
            while True:
                pipe.send(rater(pipe.recv()))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:
            pipe.send(f"stopped: {one_line(f'{type(error).__name__}: {error}')}")


def _rater(config: Config, allowed: frozenset[str]) -> Rater:
    configure_device(config.accelerator.model_copy(update={"platform": "cpu"}))
    for path in sorted(allowed):
        allow_code(path)
    ppo = PPO(config, make_game(config))
    return Rater(config, ppo, make_anchors(config), resolve(config.environment.physics))
