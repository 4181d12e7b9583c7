"""The code of a bot's maker that its observation needs, to go into the folder that RLBot runs."""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec, resolve_name
from pathlib import Path

from jaxrl.errors import UserError

THERE = {*sys.stdlib_module_names, "numpy", "jaxrl"}  # what a folder of RLBot can import


def own_code(path: str) -> tuple[dict[str, Path], set[str]]:
    """The modules that `package.module:function` needs: files by their paths in the folder, and modules of jaxrl.

    Those of the same package are taken along. Raises UserError for one that imports anything but these, numpy, jaxrl
    and the standard library.
    """
    files: dict[str, Path] = {}
    of_jaxrl: set[str] = set()
    root, waiting = path.split(".")[0].split(":")[0], [path.split(":")[0]]
    while waiting:
        name = waiting.pop()
        file = _file_of(name)
        if file is None or (place := _place(name, file)) in files:
            continue
        files[place] = file
        waiting += [name.rpartition(".")[0]] if "." in name else []  # importing a module runs its package first
        for imported in _imports(name, file):
            if imported.split(".")[0] == root:
                waiting.append(imported)
            elif imported.split(".")[0] == "jaxrl":
                of_jaxrl.add(imported)
            elif imported.split(".")[0] not in THERE:
                raise UserError(
                    f"{path}: {file} imports {imported}, which a folder for RLBot has not: "
                    "it has numpy, jaxrl's own code and the standard library"
                )
    return files, of_jaxrl


def _file_of(name: str) -> Path | None:
    try:
        spec = find_spec(name)
    except ImportError:  # of `from package.module import name` every name is tried
        return None
    return Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None


def _place(name: str, file: Path) -> str:
    """Where a module stands below the folder that its package is in."""
    parts = name.split(".")
    return "/".join([*parts, file.name] if file.name == "__init__.py" else [*parts[:-1], file.name])


def _imports(name: str, file: Path) -> Iterator[str]:
    """Full names of what a module imports, anywhere in it; of `from a import b` both `a` and `a.b`."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module
            yield module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)
