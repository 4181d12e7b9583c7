"""The recipes, configs that come with jaxrl: where they are, and which file a name means."""

import difflib
import sys
from pathlib import Path

import jaxrl
from jaxrl.errors import UserError, one_line, printable
from jaxrl.files import check_path

SUFFIX = ".yaml"
MOVED = ("single", "parallel", "optimized", "parallel_optimized")  # from configs/ to configs/compare/


def recipes_folder() -> Path:
    """Find the folder of recipes: `jaxrl/recipes` of an installed package, `configs` of a checkout."""
    package = Path(jaxrl.__file__).parent
    installed = package / "recipes"
    return installed if installed.is_dir() else package.parent / "configs"


def find_config(name: str | Path, beside: Path | None = None) -> Path:
    """Find the file that `name` means: a path as it is (relative to `beside`), else a recipe of that name.

    `final` and `final.yaml` are recipes unless there is such a file. A path to where a recipe once was finds it, with a
    hint on stderr. Any other path that leads nowhere is returned as it is: reading it says so. Raises UserError with
    the nearest names where a bare name is no recipe.
    """
    given = Path(name)
    path = given if beside is None else beside / given
    check_path(path)
    if path.is_file():
        return path
    if given.name != str(name):
        return _moved(path) or path
    recipes = {file.stem: file for file in sorted(recipes_folder().rglob(f"*{SUFFIX}"))}
    if given.name.removesuffix(SUFFIX) in recipes:
        return recipes[given.name.removesuffix(SUFFIX)]
    if given.suffix or path.exists():
        return path
    near = difflib.get_close_matches(given.name, recipes, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    shown = one_line(given.name)
    raise UserError(
        f"{shown}: no such recipe; {hint}Recipes: {', '.join(recipes)}; or name a file that ends in {SUFFIX}"
    )


def _moved(path: Path) -> Path | None:
    """Find the recipe that `path` led to in earlier versions, and say on stderr how it is called now."""
    if path.stem not in MOVED or path.suffix != SUFFIX or path.parent.name != "configs":
        return None
    print(f"{printable(path)}: moved; write --config {path.stem} or configs/compare/{path.name}", file=sys.stderr)
    return recipes_folder() / "compare" / path.name
