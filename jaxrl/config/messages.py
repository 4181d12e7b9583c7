"""One clear line for what is wrong with a config: file, key, value, what is allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

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
MAX_SHOWN = 60  # characters of a value
MANY = 24  # names that fit into a line


@dataclass
class Problem:
    """One problem that pydantic found: where, of which kind, the value there, and what is allowed instead."""

    place: list[str]
    kind: str
    value: Any
    allowed: str
    cause: Exception | None  # what a validator of this project raised


def one_line(error: ValidationError, sources: Mapping[str, str], path: str) -> str:
    """Describe the first problem in full, and say how many more there are.

    `sources` tells the file or the `--set` that each dotted key is from, in the order in which they were set; `path` is
    the config that was asked for.
    """
    problems = _problems(error)
    first, others = problems[0], len(problems) - 1
    more = f" (and {others} more problem{'s' if others > 1 else ''})" if others else ""
    return " ".join(f"{_source(first, sources, path)}: {_describe(first)}{more}".splitlines())


def nearest(name: str, known: Sequence[str]) -> str:
    """Suggest the known name that is most like `name`, or list them, of very many the first."""
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    more = f" and {len(known) - MANY} more" if len(known) > MANY else ""
    return f"; known: {', '.join(known[:MANY])}{more}" if known else ""


def show(value: Any) -> str:
    """Write a value as in Python, cut to a length that fits into a line."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        text = "a huge number"
    return _cut(text, MAX_SHOWN)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


# From pydantic's errors to problems


def _problems(error: ValidationError) -> list[Problem]:
    """One problem a place: pydantic reports every branch of a union on its own."""
    at: dict[tuple[str, ...], Problem] = {}
    for found in error.errors(include_url=False):
        problem = _problem(dict(found))
        same = at.setdefault(tuple(problem.place), problem)
        if problem.allowed not in same.allowed:
            same.allowed += f" or {problem.allowed}"
    # Unknown keys first: in a misspelt one lies the cause of whatever else is wrong
    return sorted(at.values(), key=lambda problem: problem.kind != "extra_forbidden")


def _problem(found: dict[str, Any]) -> Problem:
    place = [str(part) for part in found["loc"]]
    key = place[-1:] if found["type"] == "extra_forbidden" else []  # whatever somebody wrote
    place = [part for part in place[: len(place) - len(key)] if not _is_union_branch(part)] + key
    problem = Problem(place, found["type"], found["input"], _allowed(found["msg"]), found.get("ctx", {}).get("error"))
    if isinstance(problem.cause, UnknownNameError):
        name, known = problem.cause.name, problem.cause.known
        problem.place, problem.value = [*place, name], problem.value.get(name)
        own = " (your own: package.module:function)" if problem.cause.own else ""
        problem.allowed = f"unknown {problem.cause.what}{nearest(name, known)}{own}"
    return problem


def _is_union_branch(part: str) -> bool:
    """Whether pydantic added this to a place: literal['auto'], constrained-int, function-before[...]."""
    return "[" in part or part in {"int", "constrained-int", "none", "str", "constrained-str"}


def _allowed(message: str) -> str:
    """Pydantic's message in the words of YAML."""
    message = message.removeprefix("Input ").removeprefix("Value error, ")
    message = message.replace("valid dictionary", "mapping of names to numbers").replace("valid tuple", "list")
    return message[:1].lower() + message[1:]


# From a problem to words


def _source(problem: Problem, sources: Mapping[str, str], path: str) -> str:
    """The file or the `--set` whose fault it is."""
    if problem.kind == "missing":
        return path
    if isinstance(problem.cause, CombinationError):
        # Whichever of the keys was set last broke the combination
        return next((sources[key] for key in reversed(list(sources)) if key in problem.cause.keys), path)
    prefixes = (".".join(problem.place[:n]) for n in range(len(problem.place), 0, -1))
    return next((sources[prefix] for prefix in prefixes if prefix in sources), path)


def _describe(problem: Problem) -> str:
    name = _cut(".".join(problem.place), 3 * MAX_SHOWN)
    if isinstance(problem.cause, CombinationError):
        return str(problem.cause)
    if problem.kind == "extra_forbidden":
        return f"{name}: unknown key{nearest(problem.place[-1], _known_keys(problem.place[:-1]))}"
    if problem.kind == "missing":
        return f"{name}: missing; {_wanted(problem.place)}"
    if problem.kind == "model_type":
        return f"{name}: {show(problem.value)}: should be {_wanted(problem.place)}"
    return f"{name}: {show(problem.value)}: {problem.allowed}"


# What the schema has at a place


def _wanted(place: Sequence[str]) -> str:
    """The kind of value that the key at `place` should hold."""
    kind = _kind(place)
    section = _as_section(kind)
    if section is not None:
        return f"a section with the keys {', '.join(section.model_fields)}"
    return f"must be {KINDS.get(get_origin(kind) or kind, 'given')}"


def _known_keys(place: Sequence[str]) -> list[str]:
    section = _as_section(_kind(place))
    return [field.alias or name for name, field in section.model_fields.items()] if section is not None else []


def _kind(place: Sequence[str]) -> Any:
    """The type at `place`, through sections, lists and mappings; None for what the schema does not know."""
    kind: Any = Config
    for part in place:
        section = _as_section(kind)
        if section is not None:
            kind = section.model_fields[part].annotation if part in section.model_fields else None
        else:  # the values of lists and mappings
            kind = {tuple: get_args(kind)[:1], dict: get_args(kind)[1:]}.get(get_origin(kind), (None,))[0]
    return kind


def _as_section(kind: Any) -> type[BaseModel] | None:
    """The section that `kind` is, or that is one of its alternatives."""
    if get_origin(kind) in (Annotated, Union, UnionType):
        return next(filter(None, map(_as_section, get_args(kind))), None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
