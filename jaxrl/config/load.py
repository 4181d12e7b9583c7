"""From files and overrides to a valid `Config`, or one clear line: file, key, value, what is allowed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jaxrl.config.messages import one_line, show
from jaxrl.config.migrate import is_stored, read_stored
from jaxrl.config.recipes import find_config
from jaxrl.config.rewards import kept_below, split_override
from jaxrl.config.schema import DEFAULT_REWARDS, DEFAULT_START_STATES, Config
from jaxrl.config.yaml_reader import dump_yaml, parse_yaml, read_yaml
from jaxrl.errors import UserError

MAX_EXTENDS = 10  # files in a chain
MAX_DEPTH = 3  # section, key, name in a mapping such as start_states


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read a user's config, lay it over the file that it extends, and apply overrides (`section.key=value`).

    What neither names has the default of the schema; see `migrate` for the config of a checkpoint. Raises UserError
    with one line that names the file, the key, its value and what is allowed.
    """
    data, sources = _read_extended(find_config(path))
    _add_defaults(data)
    for text in overrides:
        _merge(data, _parse_override(text), sources, _override_name(text), ())
    return _validate(data, sources, str(path))


def load_stored_config(path: Path) -> Config:
    """Read the config that a checkpoint holds: keys that it lacks mean what they meant when it was written.

    Imports nothing that it names. Raises UserError with one line where it is damaged.
    """
    return _validate(read_stored(path), {}, str(path))


def dump_config(config: Config) -> str:
    """Write the resolved config as YAML, every key in it, that `load_config` reads back to the same config."""
    return dump_yaml(config.model_dump(mode="json"))


def _validate(data: dict[str, Any], sources: dict[str, str], path: str) -> Config:
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise UserError(one_line(error, sources, path)) from None


def _add_defaults(data: dict[str, Any]) -> None:
    """Add the defaults that depend on what the files give.

    A mapping that no file gives is the default one, to which an override may add a name; one that is given means
    exactly its own names. Without a batch size of its own a config has whatever its environments make.
    """
    data.setdefault("rewards", dict(DEFAULT_REWARDS))
    environment, training = data.setdefault("environment", {}), data.setdefault("training", {})
    if isinstance(environment, dict):
        environment.setdefault("start_states", dict(DEFAULT_START_STATES))
    if isinstance(training, dict):
        training.setdefault("batch_size", None)


def _override_name(text: str) -> str:
    text = " ".join(text.splitlines())
    return f"--set {text}" if len(text) <= 120 else f"--set {text[:117]}..."


def _parse_override(text: str) -> dict[str, Any]:
    """Parse `section.key=value` or `section.key.name=value`; names of reward terms and metrics may hold dots."""
    key, equals, value = text.partition("=")
    section, *rest = key.strip().split(".", 1)
    split = {"rewards": split_override, "metrics": lambda name: [name]}.get(section, lambda name: name.split(".", 1))
    keys = [part for name in rest for part in split(name)]
    if not equals or not section or not keys or not all(keys):
        raise UserError(f"{_override_name(text)}: must be section.key=value, as in training.n_epochs=2")
    data = parse_yaml(value, _override_name(text))
    for part in (*reversed(keys), section):
        data = {part: data}
    return data


def _read_extended(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a file over what it extends; returns the data, and for every key where its value came from."""
    # From the file that was asked for down to the last one that is extended
    chain: list[tuple[Path, dict[str, Any]]] = []
    current: Path | None = path
    while current is not None:
        if len(chain) >= MAX_EXTENDS or current.resolve() in [p.resolve() for p, _ in chain]:
            names = " -> ".join(str(p) for p, _ in chain)
            raise UserError(f"{path}: extends in a circle, or through too many files: {names} -> {current}")
        try:
            data = read_stored(current) if is_stored(current) else read_yaml(current)
        except UserError as error:
            raise UserError(f"{error} (extended by {chain[-1][0]})" if chain else str(error)) from error
        base = data.pop("extends", None)
        if base is not None and (not isinstance(base, str) or "\0" in base):
            raise UserError(f"{current}: extends: must be the name of a config file, not {show(base)}")
        chain.append((current, data))
        current = _find_base(base, current) if base is not None else None
    # Back up again, each file laid over those below it
    merged: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for file, data in reversed(chain):
        _merge(merged, data, sources, str(file), ())
    return merged, sources


def _find_base(name: str, file: Path) -> Path:
    """Find what `file` extends; raises UserError naming both."""
    try:
        return find_config(name, beside=file.parent)
    except UserError as error:
        raise UserError(f"{error} (extended by {file})") from error


def _merge(
    base: dict[str, Any], new: dict[str, Any], sources: dict[str, str], source: str, prefix: tuple[str, ...]
) -> None:
    """Lay `new` over `base` key by key, in sections and in the mappings within them; note where each key is from."""
    for key, value in new.items():
        place = (*prefix, str(key))
        sources.pop(".".join(place), None)  # what was set last stands last
        sources[".".join(place)] = source
        if isinstance(value, dict) and len(place) < MAX_DEPTH:
            below = base.get(key)
            if prefix == ("rewards",):
                below = kept_below(below, value)
            base[key] = below if isinstance(below, dict) else {}
            _merge(base[key], value, sources, source, place)
        else:
            base[key] = value
