"""What users may import from `jaxrl`; everything else may move."""

import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import jaxrl

ROOT = Path(__file__).parents[1]
FACE = ["UserError", "__version__", "allow_code", "load_config", "load_policy", "train"]


def test_the_names():
    assert sorted(jaxrl.__all__) == sorted(FACE)
    assert dir(jaxrl) == sorted(FACE)


@pytest.mark.parametrize("name", [name for name in FACE if name != "__version__"])
def test_each_name_is_what_it_says(name):
    thing = getattr(jaxrl, name)
    assert thing.__name__ == name
    assert thing.__doc__


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="'jaxrl' has no attribute 'load_bot'"):
        jaxrl.load_bot  # noqa: B018


def test_train_needs_no_more_than_a_config_and_a_name():
    config, name, *others = inspect.signature(jaxrl.train).parameters.values()
    assert (config.name, name.name) == ("config", "name")
    assert all(other.default is not inspect.Parameter.empty for other in (name, *others))


def test_importing_it_imports_nothing_else_of_jaxrl():
    code = "import sys, jaxrl; print([m for m in sys.modules if m.startswith('jaxrl.')], 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"


def test_the_version_has_one_source():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "jaxrl/__init__.py"
