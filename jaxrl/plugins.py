"""Functions of the user's own, named in a config as `package.module:function`."""

import importlib
import re
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
