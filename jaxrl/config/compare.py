"""Differences between two configs."""

from typing import Any


def differences(saved: Any, now: Any, names: tuple[str, ...]) -> list[str]:
    """`name: saved -> now` for every one of the dotted `names` that differs between two configs."""

    def value(config: Any, name: str) -> Any:
        for part in name.split("."):
            config = getattr(config, part)
        return config

    pairs = [(name, value(saved, name), value(now, name)) for name in names]
    return [f"{name}: {old} -> {new}" for name, old, new in pairs if old != new]
