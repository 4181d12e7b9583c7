"""Differences between two configs."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from jaxrl.config.schema import Config


def differences(saved: Config, current: Config, keys: Sequence[str]) -> list[str]:
    """List `key: saved -> current` for each of the dotted `keys` (sections too) whose values differ."""
    pairs = [(key, _value(saved, key), _value(current, key)) for key in keys]
    return [f"{key}: {old} -> {new}" for key, old, new in pairs if old != new]


def _value(config: Config, key: str) -> Any:
    return reduce(getattr, key.split("."), config)
