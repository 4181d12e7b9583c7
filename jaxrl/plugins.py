"""Functions of the user's own, named in a config as `package.module:function`."""

import importlib
import inspect
import re
import traceback
from collections.abc import Callable
from typing import Any

from jaxrl.errors import UserError

PATTERN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def is_import_path(name: str) -> bool:
    """Whether `name` has the form `package.module:function`."""
    return PATTERN.fullmatch(name) is not None


def import_function(path: str) -> Callable[..., Any]:
    """Import `package.module:function`; raises UserError that names the missing part."""
    module_name, function_name = path.split(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        # importing runs the user's code, which may raise anything
        raise UserError(f"{path}: cannot import {module_name} ({type(error).__name__}: {error})") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise UserError(f"{path}: {module_name} has no function {function_name}")
    return function


def where(function: Callable[..., Any], error: Exception | None = None) -> str:
    """Place in its file where a function failed with `error`, or where it begins: `rewards.py, line 7`."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:  # a class, or something written in C
        return "somewhere in " + getattr(function, "__module__", "unknown code")
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    lines = [frame.lineno for frame in frames if frame.filename == code.co_filename]
    return f"{code.co_filename}, line {lines[-1] if lines else code.co_firstlineno}"
