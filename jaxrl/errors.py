"""Errors for the person at the keyboard: one line, no traceback."""

from collections.abc import Iterable
from difflib import get_close_matches


def printable(text: object) -> str:
    r"""Write as `\x1b` whatever a terminal might obey instead of showing it; lines stay lines.

    Names and messages come from files of strangers. Signs that turn the direction of writing are escaped, too.
    """
    return "".join(sign if sign.isprintable() or sign == "\n" else _escaped(sign) for sign in str(text))


def one_line(text: object) -> str:
    """Squeeze the message of an error, or any other text, into one printable line."""
    return printable(" ".join(str(text).split()))


def first_line(error: BaseException) -> str:
    """The first line of an error's message, printable; the rest, if any, is for whoever wrote the code."""
    return printable(str(error).partition("\n")[0])


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is most like `name`, to be put behind an error; empty if none is."""
    near = get_close_matches(name, [*known], n=1)
    return f"; did you mean {near[0]}?" if near else ""


class UserError(Exception):
    """A mistake that the user can correct: commands print the message alone and exit with `exit_code`.

    The message is one printable line, whatever it was made from.
    """

    exit_code = 2

    def __init__(self, message: object) -> None:
        super().__init__(printable(" ".join(str(message).splitlines())))


class NumberError(UserError):
    """Training met NaN or infinity and stops."""

    exit_code = 1


class SaveError(UserError):
    """A checkpoint could not be written; earlier ones are untouched."""

    exit_code = 1


class SimulationError(UserError):
    """The physics cannot start or a worker died: not the user's input, hence another exit code."""

    exit_code = 1
