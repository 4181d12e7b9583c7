"""What the page needs of a run's config, which the run has logged."""

from pathlib import Path
from typing import Any, NamedTuple

from jaxrl.config.yaml_reader import parse_yaml
from jaxrl.errors import UserError


class Settings(NamedTuple):
    """Of a run: how long it trains, where it saves, and what its stages wait for."""

    total_steps: int = 0  # 0: not known
    checkpoints: Path | None = None
    stages: tuple[dict[str, float], ...] = ()  # for each later stage: figures by name, and the least each must be


def settings(config: str, folder: Path) -> Settings:
    """Read a logged config, of any version; what it does not say is not known. `folder` is where it was logged."""
    try:
        values = parse_yaml(config, "config")
    except UserError:
        return Settings()
    total = _find(values, "training", "total_timesteps")
    stages = _find(values, "curriculum", "stages")
    return Settings(
        total if isinstance(total, int) else 0,
        _checkpoints(_find(values, "logging", "checkpoint_dir"), _find(values, "logging", "log_dir"), folder),
        tuple(_thresholds(stage) for stage in stages) if isinstance(stages, list) else (),
    )


def _find(values: Any, *keys: str) -> Any:
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _thresholds(stage: Any) -> dict[str, float]:
    after = _find(stage, "after")
    pairs = after.items() if isinstance(after, dict) else ()
    return {name: float(value) for name, value in pairs if isinstance(value, int | float)}


def _checkpoints(saved_to: Any, logged_to: Any, folder: Path) -> Path | None:
    """The folder of checkpoints. A relative one is beside that of the logs, as the run saw them from its own folder."""
    if not isinstance(saved_to, str):
        return None
    if isinstance(logged_to, str) and not Path(logged_to).is_absolute():
        root, parts = folder.resolve().parent, Path(logged_to).parts
        if parts and root.parts[-len(parts) :] == parts:
            return Path(*root.parts[: -len(parts)]) / saved_to
    return Path(saved_to)
