"""A small static analyser: which keys of the config does code read?

`training.seed` counts as read where `.seed` is taken from `training`, `config.training` or a variable bound to one, so
that `spec.seed` alone would not keep a dead key alive. Checks inside the schema's validators do not count.
"""

import ast

from pydantic import BaseModel

from jaxrl.config.schema import Config


def keys() -> dict[str, str]:
    """All keys, `section.key` or a mapping such as `rewards`, with the name of the section's class."""
    found = {}
    for section, field in Config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= {f"{section}.{key}": field.annotation.__name__ for key in field.annotation.model_fields}
        else:
            found[section] = "Config"
    return found


def reads(tree: ast.Module) -> set[tuple[str, str]]:
    """(owner, attribute) of every attribute read; `self` in a class and variables count under what they stand for."""
    found: set[tuple[str, str]] = set()

    def last_name(node: ast.expr) -> str:
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

    def visit(node: ast.AST, known_as: dict[str, str]) -> None:
        if isinstance(node, ast.ClassDef):
            known_as = {**known_as, "self": node.name}
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            known_as = dict(known_as)
        if isinstance(node, ast.FunctionDef) and any("validator" in ast.unparse(d) for d in node.decorator_list):
            return
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            both_tuples = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = zip(target.elts, value.elts, strict=False) if both_tuples else [(target, value)]
            for name, what in pairs:
                if isinstance(name, ast.Name) and isinstance(what, ast.Attribute):
                    known_as[name.id] = what.attr
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            owner = last_name(node.value)
            found.add((known_as.get(owner, owner), node.attr))
        for child in ast.iter_child_nodes(node):
            visit(child, known_as)

    visit(tree, {})
    return found


def dead_keys(sources: list[str]) -> set[str]:
    """The keys that none of `sources` reads."""
    found = set().union(*(reads(ast.parse(source)) for source in sources))
    dead = set()
    for key, class_name in keys().items():
        section, _, name = key.rpartition(".")
        if not any((owner, name) in found for owner in (section or "config", class_name)):
            dead.add(key)
    return dead
