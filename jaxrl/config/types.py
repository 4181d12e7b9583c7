"""Types of the values in a config, and the errors for names and combinations that are wrong."""

import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from jaxrl.game.figures import FIGURES, STATISTICS
from jaxrl.game.starts.registry import START_STATES, is_recorded
from jaxrl.plugins import is_import_path

ENV_STEPS = "env_steps"  # beside the figures of play: how long the run has gone on
THRESHOLDS = list(dict.fromkeys([*STATISTICS, *FIGURES, ENV_STEPS]))
MAX_FLOAT = 1e30  # float32 ends at 3e38, and a weight is still to be multiplied


class UnknownNameError(ValueError):
    """A name in an open section that is neither built in nor, where that is possible, an import path."""

    def __init__(self, name: str, known: list[str], what: str, own: bool = True) -> None:
        super().__init__(f"unknown {what}")
        self.name, self.known, self.what = name, known, what
        self.own = own  # whether the user's own are possible


class CombinationError(ValueError):
    """Values that are fine one by one but do not fit together; `keys` are those that the message is about."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys


def to_whole_number(value: object) -> object:
    """Turn a float without a fraction into an int: 1e6 is a way to write a number of steps."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def to_tuple(value: object) -> object:
    """Turn a list into a tuple: YAML has lists, a frozen config has tuples."""
    return tuple(value) if isinstance(value, list) else value


def expand_home(value: str) -> str:
    """Put the home folder in the place of `~`, as a shell does. Raises ValueError for what can be no name."""
    if "\0" in value:
        raise ValueError("must not hold a NUL")
    return os.path.expanduser(value)


def to_local_folder(value: str) -> str:
    """Accept what names a folder of this machine. Raises ValueError."""
    if "://" in value:
        raise ValueError("must be a folder of this machine: addresses such as gs:// are not supported")
    if value.startswith("~"):  # which is still there
        raise ValueError("there is no such user (a folder of that name: ./~name)")
    return value


def to_import_path(value: str) -> str:
    """Accept `package.module:function`. Raises ValueError."""
    if not is_import_path(value):
        raise ValueError("must have the form package.module:function")
    return value


def built_in_or_import_path(
    known: Mapping[str, Any], what: str, others: Callable[[str], bool] = lambda name: False
) -> AfterValidator:
    """Accept a mapping whose names are all in `known`, or of the `others`, or look like `package.module:function`."""

    def check(values: dict[str, Any]) -> dict[str, Any]:
        for name in values:
            if name not in known and not is_import_path(name) and not others(name):
                raise UnknownNameError(name, list(known), what)
        return values

    return AfterValidator(check)


def plain_names(values: dict[str, float]) -> dict[str, float]:
    """Accept a mapping whose names can be those of players. Raises ValueError."""
    for name in values:
        if not name.strip() or "\0" in name:
            raise ValueError("must be names of players")
    return values


def known_thresholds(values: dict[str, float]) -> dict[str, float]:
    """Accept a mapping whose names are all figures, or `env_steps`."""
    for name in values:
        if name not in THRESHOLDS:
            raise UnknownNameError(name, THRESHOLDS, "figure", own=False)
    return values


# Numbers
WholeNumber = Annotated[int, BeforeValidator(to_whole_number)]
PositiveInt = Annotated[WholeNumber, Field(ge=1, le=2**31 - 1)]
StepCount = Annotated[WholeNumber, Field(ge=1, le=10**15)]
FiniteFloat = Annotated[float, Field(ge=-MAX_FLOAT, le=MAX_FLOAT, allow_inf_nan=False)]
PositiveFloat = Annotated[float, Field(gt=0, le=MAX_FLOAT, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0, le=MAX_FLOAT, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]  # counts of ticks stay exact in float32

# Text and lists
FolderName = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(expand_home)]
FunctionName = Annotated[str, Field(max_length=1024), AfterValidator(to_import_path)]
LocalFolder = Annotated[FolderName, AfterValidator(to_local_folder)]
LayerSizes = Annotated[tuple[PositiveInt, ...], BeforeValidator(to_tuple), Field(max_length=16)]

# Mappings from a name to a number or a switch; that of the rewards is in rewards.py
StartWeights = Annotated[dict[str, NonNegativeFloat], built_in_or_import_path(START_STATES, "start state", is_recorded)]
Thresholds = Annotated[dict[str, PositiveFloat], AfterValidator(known_thresholds)]
PlayerNumbers = Annotated[dict[str, FiniteFloat], AfterValidator(plain_names)]
MetricSwitches = Annotated[dict[str, bool], built_in_or_import_path({}, "metric")]
