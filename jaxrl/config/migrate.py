"""What the config of an old checkpoint meant where it lacks a key.

Two kinds of file lack keys. A user's own file leaves out what it does not care about, and gets the default of the
schema. A checkpoint's `config.yaml` was written by jaxrl and named every key of its time: one that it lacks came later,
and stands for what that run did, which may differ from the default of today. Whoever adds a key to the schema adds a
row to ADDED; a key that neither the file nor ADDED has means that the file is damaged.
"""

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from jaxrl.config.schema import Config
from jaxrl.config.yaml_reader import read_yaml
from jaxrl.errors import UserError


class Added(NamedTuple):
    """A key that checkpoints written before `version` may lack, and what the lack of it meant."""

    key: str
    meant: Any
    version: str


OPTIONS = (
    "other_frames",
    "timers",
    "contacts",
    "touches",
    "pad_timers",
    "near_pads",
    "ball_path",
)  # of the observation, new in 0.3.0

ADDED = (
    Added("observation.car_frame", False, "0.1.0"),
    Added("observation.mirror", False, "0.1.0"),
    Added("curriculum.stages", [], "0.1.0"),
    Added("training.on_nan", "skip", "0.1.0"),
    Added("evaluation.record", False, "0.1.0"),
    Added("environment.physics", "rocketsim2", "0.3.0"),
    Added("environment.augment_starts", False, "0.3.0"),
    Added("logging.figures", "auto", "0.3.0"),
    Added("metrics", {}, "0.3.0"),
    Added("game.action_masks", False, "0.3.0"),
    Added("game.action_table", None, "0.3.0"),
    Added("observation.standard", True, "0.3.0"),
    Added("observation.custom", None, "0.3.0"),
    Added("evaluation.anchors", {}, "0.3.0"),
    Added("evaluation.best_by", "reward", "0.3.0"),
    Added("training.overlap", False, "0.3.0"),
    Added("training.cooldown", 1.0, "0.3.0"),
    Added("training.averaging", 0.0, "0.3.0"),
    Added("accelerator.devices", 1, "0.3.0"),
    Added("cluster.rollouts", 4, "0.3.0"),
    Added("cluster.max_lag", 4, "0.3.0"),
    Added("league.share", 0.0, "0.3.0"),
    Added("league.save_every", 500_000, "0.3.0"),
    Added("league.size", 8, "0.3.0"),
    Added("league.opponents", {}, "0.3.0"),
    *(Added(f"observation.{name}", False, "0.3.0") for name in OPTIONS),
)


def is_stored(path: Path) -> bool:
    """Whether `path` is the config of a checkpoint: `config.yaml` beside the bot that it trained."""
    return path.name == "config.yaml" and path.with_name("policy.json").is_file()


def read_stored(path: Path) -> dict[str, Any]:
    """Read the config of a checkpoint, with every key in it; raises UserError where it is damaged."""
    data = add_missing(read_yaml(path))
    missing = [key for key in all_keys() if not _has(data, key)]
    if missing:
        others = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise UserError(f"{path}: {missing[0]}: missing{others}; the config of a checkpoint names every key: damaged")
    return data


def add_missing(data: dict[str, Any]) -> dict[str, Any]:
    """Add to the config of a checkpoint the keys that came after it, with what their lack meant."""
    data = dict(data)
    for key, meant, _ in ADDED:
        section, _, name = key.partition(".")
        if not name:  # an open mapping, such as `metrics`
            data.setdefault(section, meant)
            continue
        keys = data.get(section, {})
        if isinstance(keys, dict):  # anything else is for validation to report
            data[section] = {name: meant} | keys
    return data


def all_keys() -> list[str]:
    """Every key of the schema as `section.key`; sections that are open mappings, such as `rewards`, as they are."""
    keys = []
    for name, field in Config.model_fields.items():
        kind = field.annotation
        is_section = isinstance(kind, type) and issubclass(kind, BaseModel)
        keys += [f"{name}.{key}" for key in kind.model_fields] if is_section else [name]
    return keys


def _has(data: dict[str, Any], key: str) -> bool:
    section, _, name = key.partition(".")
    keys = data.get(section)
    return section in data and (not name or not isinstance(keys, dict) or name in keys)
