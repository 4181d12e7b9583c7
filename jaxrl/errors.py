"""Errors for the person at the keyboard: one line, no traceback."""


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
