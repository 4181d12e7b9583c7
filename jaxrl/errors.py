"""Errors that are meant for the person at the keyboard: one line, no traceback."""


class UserError(Exception):
    """Something the user can put right; `train.py` prints the message alone and exits with `exit_code`."""

    exit_code = 2


class NumberError(UserError):
    """Training met NaN or infinity and does not go on."""

    exit_code = 1


class SaveError(UserError):
    """A checkpoint could not be written; those that were there before are as they were."""

    exit_code = 1


class SimulationError(UserError):
    """The physics cannot start or a worker died: not bad input, so another exit code."""

    exit_code = 1
