"""YAML as a config file needs it: plain data only, numbers as people write them, no silent surprises."""

import re
from pathlib import Path
from typing import Any

import yaml

from jaxrl.errors import UserError
from jaxrl.files import nearest_path, open_regular

STDIN = Path("/dev/stdin")
MAX_BYTES = 200_000  # of a config file; parsing takes up to 30 s a megabyte
MAX_DEPTH = 32  # of nested mappings and lists
MAX_SHOWN = 200  # characters of an error

INT, FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
INT_PATTERN = re.compile(r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$")
FLOAT_PATTERN = re.compile(
    r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?$"
    r"|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$"
)
# PyYAML's rules for plain words, by their first character; its numbers and dates are those of YAML 1.1
WORDS = {f"tag:yaml.org,2002:{name}" for name in ("bool", "null", "merge")}
RULES = {
    first: [(tag, pattern) for tag, pattern in rules if tag in WORDS]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class ConfigLoader(yaml.SafeLoader):
    """PyYAML's safe loader without its surprises.

    Numbers are those of YAML 1.2, so that 3e-4 is one, 1:30 is not 90, and 0100, which was 64, is asked about. Dates
    are text. A key may occur only once; aliases and tags are refused.
    """

    yaml_implicit_resolvers = RULES
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases, tags and deep nesting; raises YAMLError."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"aliases (*) are not allowed, {_line(event)}")
        if event.tag is not None:
            raise yaml.YAMLError(f"tags (!) are not allowed, {_line(event)}: write the value alone")
        if self._depth >= MAX_DEPTH:  # far below the depth at which Python raises RecursionError
            raise yaml.YAMLError(f"nested too deeply, {_line(event)}")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse keys that are not words or that occur twice; raises YAMLError."""
        seen = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                # 5, true, null, << and lists
                raise yaml.YAMLError(f"keys must be words, {_line(key_node)}")
            if key_node.value in seen:
                raise yaml.YAMLError(f"key {key_node.value!r} occurs twice, {_line(key_node)}")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Read a whole number; raises YAMLError for a leading zero: 0100 is 64 to some and 100 to others."""
        text = node.value.replace("_", "")
        digits = text.lstrip("+-0")
        if digits.isdecimal() and text.lstrip("+-")[0] == "0":
            octal = f", or 0o{digits} if it is octal" if set(digits) <= set("01234567") else ""
            raise yaml.YAMLError(f"{text}: a leading zero, {_line(node)}: write {digits}{octal}")
        return int(text, 0)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        """Read a number with a fraction or an exponent, infinity, or NaN."""
        text = node.value.replace("_", "").lower()
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))


class ConfigDumper(yaml.SafeDumper):
    """PyYAML's safe dumper, except that it quotes text which `ConfigLoader` would take for a number."""


for kind in (ConfigLoader, ConfigDumper):
    kind.add_implicit_resolver(INT, INT_PATTERN, list("-+0123456789"))
    kind.add_implicit_resolver(FLOAT, FLOAT_PATTERN, list("-+.0123456789"))
ConfigLoader.add_constructor(INT, ConfigLoader.construct_yaml_int)
ConfigLoader.add_constructor(FLOAT, ConfigLoader.construct_yaml_float)


def dump_yaml(data: dict[str, Any]) -> str:
    """Write plain data so that `parse_yaml` reads it back."""
    return yaml.dump(data, Dumper=ConfigDumper, sort_keys=False, allow_unicode=True)


def parse_yaml(text: str, source: str) -> Any:
    """Parse `text` to plain data; raises UserError that names `source`."""
    try:
        return yaml.load(text, ConfigLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{source}: not valid YAML: {_one_line(error)}") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read the mapping in a YAML file; raises UserError where it cannot be read or holds something else."""
    try:
        # the shell's own pipes, as in --config <(...), have a writer; any other pipe may wait forever
        with path.open("rb") if path.is_relative_to("/dev/fd") or path == STDIN else open_regular(path) as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES} bytes: not a config")
        text = content.decode("utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}){nearest_path(path)}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text (byte {error.start})") from error
    data = parse_yaml(text, str(path))
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise UserError(f"{path}: must be a mapping of sections, not {type(data).__name__}")
    return data


def _line(place: Any) -> str:
    return f"line {place.start_mark.line + 1}"


def _one_line(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"{error.problem}, line {mark.line + 1}, column {mark.column + 1}"
    return " ".join(str(error).split())[:MAX_SHOWN] or type(error).__name__
