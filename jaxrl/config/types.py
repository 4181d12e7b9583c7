"""The kinds of values a config may hold, and the errors that say what is wrong with one."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from jaxrl.game.rewards.registry import TERMS
from jaxrl.game.starts.registry import START_STATES
from jaxrl.plugins import is_import_path

PositiveInt = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _whole_number(value: object) -> object:
    """1e6 is a way to write a number of steps."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


StepCount = Annotated[int, BeforeValidator(_whole_number), Field(ge=1, le=10**15)]

PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]

NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]

Seconds = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]  # counts of ticks stay exact in float32

FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]

Fraction = Annotated[float, Field(ge=0, le=1)]

FolderName = Annotated[str, Field(min_length=1, max_length=1024)]


def to_tuple(value: object) -> object:
    """YAML has lists; a frozen config has tuples."""
    return tuple(value) if isinstance(value, list) else value


LayerSizes = Annotated[tuple[PositiveInt, ...], BeforeValidator(to_tuple), Field(max_length=16)]


class UnknownNameError(ValueError):
    """A name in an open section that is neither built in nor an import path."""

    def __init__(self, name: str, known: list[str], what: str) -> None:
        super().__init__(f"unknown {what}")
        self.name, self.known, self.what = name, known, what


class CombinationError(ValueError):
    """Values that are fine one by one but do not fit together; `keys` are those that the message is about."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys


def _known_or_import_path(known: dict, what: str) -> AfterValidator:
    def check(values: dict[str, float]) -> dict[str, float]:
        for name in values:
            if name not in known and not is_import_path(name):
                raise UnknownNameError(name, list(known), what)
        return values

    return AfterValidator(check)


RewardWeights = Annotated[dict[str, FiniteFloat], _known_or_import_path(TERMS, "reward term")]

StartWeights = Annotated[dict[str, NonNegativeFloat], _known_or_import_path(START_STATES, "start state")]
