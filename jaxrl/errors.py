"""Errors for the person at the keyboard: one line, no traceback."""

from collections.abc import Iterable
from difflib import get_close_matches


def one_line(text: object) -> str:
    """Squeeze the message of an error, or any other text, into one line."""
    return " ".join(str(text).split())


def first_line(error: BaseException) -> str:
    """The first line of an error's message; the rest, if any, is for whoever wrote the code."""
    return str(error).partition("\n")[0]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is most like `name`, to be put behind an error; empty if none is."""
    near = get_close_matches(name, [*known], n=1)
    return f"; did you mean {near[0]}?" if near else ""


class UserError(Exception):
    """A mistake that the user can correct: commands print the message alone and exit with `exit_code`."""

    exit_code = 2


class NumberError(UserError):
    """Training met NaN or infinity and stops."""

    exit_code = 1


class SaveError(UserError):
    """A checkpoint could not be written; earlier ones are untouched."""

    exit_code = 1


class SimulationError(UserError):
    """The physics cannot start or a worker died: not the user's input, hence another exit code."""

    exit_code = 1
