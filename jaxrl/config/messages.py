"""One clear line for what is wrong with a config: file, key, value, what is allowed."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from jaxrl.config.schema import Config
from jaxrl.config.types import CombinationError, UnknownNameError

KINDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    tuple: "a list",
    dict: "a mapping",
}


def one_line(error: ValidationError, sources: dict[str, str], path: str) -> str:
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
        allowed = f"unknown {cause.what}{nearest(cause.name, cause.known)} (your own: package.module:function)"
        value = value.get(cause.name)
    name = ".".join(place)
    prefixes = (".".join(place[:n]) for n in range(len(place), 0, -1))
    source = next((sources[prefix] for prefix in prefixes if prefix in sources), path)
    if problem["type"] == "extra_forbidden":
        text = f"{name}: unknown key{nearest(place[-1], _known_keys(place[:-1]))}"
    elif problem["type"] == "missing":
        source, text = path, f"{name}: missing; {_describe(place)}"
    elif isinstance(cause, CombinationError):
        # whichever of the keys was set last, in a file or by --set, is what broke the combination
        source, text = next(sources[key] for key in reversed(sources) if key in cause.keys), str(cause)
    elif problem["type"] == "model_type":
        text = f"{name}: {show(value)}: should be {_describe(place)}"
    else:
        text = f"{name}: {show(value)}: {allowed}"
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


def nearest(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if known else ""


def show(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        text = "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."
