"""Functions of the user's own, named in a config as `package.module:function`."""

import importlib.util
import inspect
import pkgutil
import re
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from jaxrl.errors import UserError, did_you_mean, first_line, one_line

PATTERN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")

_ALLOWED: set[str] = set()  # of this process

IMPORTERS = {__file__, importlib.__file__}


def is_import_path(name: str) -> bool:
    """Whether `name` has the form `package.module:function`."""
    return PATTERN.fullmatch(name) is not None


def allow_code(path: str) -> None:
    """Let bots that name `package.module:function` import it from now on; raises UserError if it is not there.

    A bot that somebody else made must not run code because it says so: whoever plays it names the code as well.
    """
    if not is_import_path(path):
        raise UserError(f"{path}: must have the form package.module:function")
    import_function(path)
    _ALLOWED.add(path)


def allowed_code() -> frozenset[str]:
    """What `allow_code` has allowed in this process."""
    return frozenset(_ALLOWED)


def import_allowed(path: str) -> Callable[..., Any]:
    """Import `package.module:function` if it was allowed; raises UserError if not, or where it cannot be found."""
    if path not in _ALLOWED:
        raise UserError(f"runs code of its maker's, {path}: read it, then allow it with --allow-code {path}")
    return import_function(path)


def import_function(path: str) -> Callable[..., Any]:
    """Import `package.module:function`; raises UserError that names the missing part."""
    module_name, function_name = path.split(":")
    module = _import_module(path, module_name)
    function = getattr(module, function_name, None)
    if not callable(function):
        functions = [name for name, value in vars(module).items() if callable(value) and name != function_name]
        hint = did_you_mean(function_name, functions)
        raise UserError(f"{path}: {module_name} has no function {function_name}{hint}")
    return function


def _import_module(path: str, name: str) -> ModuleType:
    """Import the module `name` that `path` names; raises UserError with the file and line where it fails."""
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # importing runs the user's code, which may raise anything; sys.exit(0) would end the command without a word
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            hint = did_you_mean(error.name, _modules_beside(error.name))
            raise UserError(f"{path}: cannot import {name}: there is no module {error.name}{hint}") from error
        reason = one_line(f"{type(error).__name__}: {error}")
        raise UserError(f"{path}: cannot import {name} ({reason}; {_where_import_failed(error)})") from error


def _modules_beside(name: str) -> list[str]:
    """Full names of the modules that are where the module `name` should be."""
    package, _, _ = name.rpartition(".")
    spec = importlib.util.find_spec(package) if package else None
    folders = (spec.submodule_search_locations or []) if spec else None  # None: all of sys.path
    return [".".join(filter(None, (package, found.name))) for found in pkgutil.iter_modules(folders)]


def _where_import_failed(error: BaseException) -> str:
    """Place in the imported file where its import failed with `error`: `rewards.py, line 7`."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if f.filename not in IMPORTERS and f.filename[:1] != "<"
    ]
    lines = [frame.lineno for frame in frames if frame.filename == frames[0].filename]
    return f"{frames[0].filename}, line {lines[-1]}" if frames else "before its first line"


def where(function: Callable[..., Any], error: BaseException | None = None) -> str:
    """Place in its file where a function failed with `error`, or where it begins: `rewards.py, line 7`."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:  # a class, or something written in C
        return "somewhere in " + getattr(function, "__module__", "unknown code")
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    lines = [frame.lineno for frame in frames if frame.filename == code.co_filename]
    return f"{code.co_filename}, line {lines[-1] if lines else code.co_firstlineno}"


@contextmanager
def named(what: str, name: str, function: Callable[..., Any]) -> Generator[None]:
    """Turn whatever a function raises inside the `with` into a UserError that says `what` it is, and its name."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a user's function raises, sys.exit too, is the user's to see, in one line
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise UserError(f"{what} {name} ({where(function, error)}): {reason}") from error
