"""YAML as a config file needs it: plain data only, numbers as people write them, no silent surprises."""

import re
from pathlib import Path
from typing import Any

import yaml

from jaxrl.errors import UserError

MAX_BYTES = 1_000_000  # of a config file
MAX_DEPTH = 32  # of nested mappings and lists


class ConfigLoader(yaml.SafeLoader):
    """PyYAML's safe loader, except that 3e-4 is a number, a key may occur only once, and aliases are refused."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases and deep nesting; raises YAMLError."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"aliases (*) are not allowed, line {self.peek_event().start_mark.line + 1}")
        if self._depth >= MAX_DEPTH:  # far below the depth at which Python raises RecursionError
            raise yaml.YAMLError(f"nested too deeply, line {self.peek_event().start_mark.line + 1}")
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
                raise yaml.YAMLError(f"keys must be words, line {key_node.start_mark.line + 1}")
            if key_node.value in seen:
                raise yaml.YAMLError(f"key {key_node.value!r} occurs twice, line {key_node.start_mark.line + 1}")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


# YAML 1.1 wants a dot and a sign in a float with an exponent; 3e-4 would be text
ConfigLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d[\d_]*)(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def parse_yaml(text: str, source: str) -> Any:
    """Parse `text` to plain data; raises UserError that names `source`."""
    try:
        return yaml.load(text, ConfigLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{source}: not valid YAML: {_one_line(error)}") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read the mapping in a YAML file; raises UserError where it cannot be read or holds something else."""
    try:
        with path.open("rb") as file:  # never the whole file: a device has no end
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES} bytes: not a config")
        text = content.decode("utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except ValueError as error:
        raise UserError(f"{path}: not a file name ({error})") from error
    data = parse_yaml(text, str(path))
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise UserError(f"{path}: must be a mapping of sections, not {type(data).__name__}")
    return data


def _one_line(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"{error.problem}, line {mark.line + 1}, column {mark.column + 1}"
    return " ".join(str(error).split()) or type(error).__name__
