"""From files and `--set` to a valid `Config`, or one clear line: file, key, value, what is allowed."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from jaxrl.config import Config
from jaxrl.config_types import CombinationError, UnknownNameError
from jaxrl.errors import UserError
from jaxrl.yaml_loading import parse_yaml, read_yaml

MAX_EXTENDS = 10
MAX_DEPTH = 3  # section, key, name in a mapping such as start_states
KINDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    tuple: "a list",
    dict: "a mapping",
}


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Reads the config at `path`, lays it over the file it extends, applies overrides (`section.key=value`).

    Raises UserError with one line that names the file, the key, its value and what is allowed.
    """
    data, sources = _read_extended(Path(path))
    for text in overrides:
        _merge(data, _parse_override(text), sources, _override_name(text), ())
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise UserError(_one_line(error, sources, str(path))) from None


def dump_config(config: Config) -> str:
    """The resolved config as YAML that `load_config` reads back to the same config."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _override_name(text: str) -> str:
    text = " ".join(text.splitlines())
    return f"--set {text}" if len(text) <= 120 else f"--set {text[:117]}..."


def _parse_override(text: str) -> dict[str, Any]:
    """`section.key=value` or `section.key.name=value` as nested data; the name of a reward term may hold dots."""
    key, equals, value = text.partition("=")
    section, *rest = key.strip().split(".", 1)
    keys = rest if section == "rewards" else [part for name in rest for part in name.split(".", 1)]
    if not equals or not section or not keys or not all(keys):
        raise UserError(f"{_override_name(text)}: must be section.key=value, as in training.n_epochs=2")
    data = parse_yaml(value, _override_name(text))
    for part in (*reversed(keys), section):
        data = {part: data}
    return data


def _read_extended(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The data of a file laid over what it extends, and for every key where its value came from."""
    chain: list[tuple[Path, dict[str, Any]]] = []
    current: Path | None = path
    while current is not None:
        if len(chain) >= MAX_EXTENDS or current.resolve() in [p.resolve() for p, _ in chain]:
            names = " -> ".join(str(p) for p, _ in chain)
            raise UserError(f"{path}: extends goes round in a circle or too deep: {names} -> {current}")
        try:
            data = read_yaml(current)
        except UserError as error:
            raise UserError(f"{error} (extended by {chain[-1][0]})" if chain else str(error)) from error
        base = data.pop("extends", None)
        if base is not None and (not isinstance(base, str) or "\0" in base):
            raise UserError(f"{current}: extends: must be the name of a config file, not {_show(base)}")
        chain.append((current, data))
        current = current.parent / base if base is not None else None
    merged: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for file, data in reversed(chain):
        _merge(merged, data, sources, str(file), ())
    return merged, sources


def _merge(
    base: dict[str, Any], new: dict[str, Any], sources: dict[str, str], source: str, prefix: tuple[str, ...]
) -> None:
    """Lays `new` over `base` key by key, in sections and in the mappings within them; notes where each key is from."""
    for key, value in new.items():
        place = (*prefix, str(key))
        sources.pop(".".join(place), None)  # what was set last stands last
        sources[".".join(place)] = source
        if isinstance(value, dict) and len(place) < MAX_DEPTH:
            below = base.get(key)
            base[key] = below if isinstance(below, dict) else {}
            _merge(base[key], value, sources, source, place)
        else:
            base[key] = value


def _one_line(error: ValidationError, sources: dict[str, str], path: str) -> str:
    """The first problem in full, and how many more there are."""
    problems = error.errors(include_url=False)
    # unknown keys first: a misspelt key shows as an unknown and a missing one, and the unknown one is the cause
    problems.sort(key=lambda p: p["type"] != "extra_forbidden")
    problem, place = problems[0], _place(problems[0])
    # pydantic reports every branch of a union on its own
    same_place = [p for p in problems if _place(p) == place]
    value, allowed = problem["input"], " or ".join(dict.fromkeys(_allowed(p) for p in same_place))
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, UnknownNameError):
        place.append(cause.name)
        allowed = f"unknown {cause.what}{_nearest(cause.name, cause.known)} (your own: package.module:function)"
        value = value.get(cause.name)
    name = ".".join(place)
    prefixes = (".".join(place[:n]) for n in range(len(place), 0, -1))
    source = next((sources[prefix] for prefix in prefixes if prefix in sources), path)
    if problem["type"] == "extra_forbidden":
        text = f"{name}: unknown key{_nearest(place[-1], _known_keys(place[:-1]))}"
    elif problem["type"] == "missing":
        source, text = path, f"{name}: missing; {_describe(place)}"
    elif isinstance(cause, CombinationError):
        # whichever of the keys was set last, in a file or by --set, is what broke the combination
        source, text = next(sources[key] for key in reversed(sources) if key in cause.keys), str(cause)
    elif problem["type"] == "model_type":
        text = f"{name}: {_show(value)}: should be {_describe(place)}"
    else:
        text = f"{name}: {_show(value)}: {allowed}"
    others = len(problems) - len(same_place)
    more = f" (and {others} more problem{'s' if others > 1 else ''})" if others else ""
    return " ".join(f"{source}: {text}{more}".splitlines())


def _place(problem: dict[str, Any]) -> list[str]:
    parts = [str(part) for part in problem["loc"]]
    return parts if problem["type"] == "extra_forbidden" else [part for part in parts if not _is_union_branch(part)]


def _is_union_branch(part: str) -> bool:
    """pydantic adds the branch of a union to the place: literal['auto'], constrained-int, function-before[...]."""
    return "[" in part or part in {"int", "constrained-int", "none", "str", "constrained-str"}


def _allowed(problem: dict[str, Any]) -> str:
    message = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    # in the words of YAML
    message = message.replace("valid dictionary", "mapping of names to numbers").replace("valid tuple", "list")
    return message[:1].lower() + message[1:]


def _known_keys(place: Sequence[str]) -> list[str]:
    kind = _kind(place)
    return list(kind.model_fields) if _is_model(kind) else []


def _kind(place: Sequence[str]) -> Any:
    """What the schema has at a place, through sections and lists of sections; None for what it does not know."""
    kind: Any = Config
    for part in place:
        if _is_model(kind):
            field = kind.model_fields.get(part)
            kind = field.annotation if field else None
        else:
            kind = get_args(kind)[0] if get_origin(kind) is tuple else None
    return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _describe(place: Sequence[str]) -> str:
    """What a missing key should hold."""
    kind = _kind(place)
    if _is_model(kind):
        return f"a section with the keys {', '.join(kind.model_fields)}"
    choices = [repr(c) for c in get_args(kind) if isinstance(c, str)]
    return "one of " + ", ".join(choices) if choices else f"must be {KINDS.get(get_origin(kind) or kind, 'given')}"


def _nearest(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if known else ""


def _show(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        text = "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."
