"""The standard streams of a process, which may be closed, or lead to a pipe or terminal that is gone."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from jaxrl.errors import UserError, printable

READER_GONE = 128 + signal.SIGPIPE  # as a shell says of a program that a closed pipe ended


class OutputError(UserError):
    """What a command prints cannot be written: an exit code, and a line unless its reader has simply left."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"output cannot be written ({error.strerror})")
        self.exit_code = READER_GONE if error.errno == errno.EPIPE else 1


def write(text: str) -> None:
    """Write to stdout at once; raises OutputError."""
    try:
        if text:  # /dev/full refuses even nothing
            sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _drop(sys.stdout)
        raise OutputError(error) from error


def tell(text: str) -> None:
    """Write a line of a result to stdout; raises OutputError. Names in it may come from strangers, see `printable`."""
    write(f"{printable(text)}\n")


def show(text: str) -> None:
    """Write a line to stdout, if that is possible: for what goes on when nobody looks any more."""
    with suppress(OutputError):
        write(f"{text}\n")


def note(text: str) -> None:
    """Write a line to stderr, if that is possible. Names in it may come from strangers, see `printable`."""
    try:
        print(printable(text), file=sys.stderr)
    except OSError:
        _drop(sys.stderr)


def guarded(command: Callable[[], int]) -> int:
    """Run a command and return its exit code, whatever has become of the streams it writes to."""
    _complete()
    try:
        try:
            return command()
        finally:
            write("")  # what argparse has written may still wait to be
    except OutputError as error:
        if error.exit_code != READER_GONE:
            note(str(error))
        return error.exit_code
    finally:
        _flush_notes()


def _flush_notes() -> None:
    """Flush stderr: at the end Python would change the exit code if that failed."""
    try:
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _complete() -> None:
    """Open the null device in place of closed streams: the next file would get their number, and the output."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            setattr(sys, name, os.fdopen(number, mode))


def _drop(stream: TextIO) -> None:
    """Let a stream that cannot be written lead nowhere; what waits in it is forgotten."""
    with suppress(OSError, ValueError):  # one that Python or a test has put there has no number
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
        stream.flush()
