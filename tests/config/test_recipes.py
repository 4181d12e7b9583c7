"""A bare name is a recipe of jaxrl; a path is a path."""

from pathlib import Path

import pytest

from jaxrl.config.load import load_config
from jaxrl.config.recipes import find_config, recipes_folder
from jaxrl.errors import UserError


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """The user's folder has no configs/ in it."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["final", "final.yaml"])
def test_a_bare_name_is_a_recipe(name):
    assert find_config(name) == recipes_folder() / "final.yaml"
    assert load_config(name) == load_config(recipes_folder() / "final.yaml")


def test_every_recipe_is_found_by_its_name():
    recipes = list(recipes_folder().rglob("*.yaml"))
    assert len(recipes) >= 10
    for path in recipes:
        assert find_config(path.stem) == path


def test_a_file_of_that_name_comes_first(tmp_path):
    Path("final.yaml").write_text("extends: cpu.yaml\ntraining: {seed: 5}\n")
    assert find_config("final.yaml") == Path("final.yaml")
    assert find_config("final") == recipes_folder() / "final.yaml"
    assert load_config("final.yaml").training.seed == 5


@pytest.mark.parametrize("base", ["final", "final.yaml"])
def test_an_own_config_extends_a_recipe(tmp_path, base):
    (tmp_path / "mine").mkdir()
    own = tmp_path / "mine" / "bot.yaml"
    own.write_text(f"extends: {base}\ntraining: {{seed: 7}}\n")
    assert load_config(own) == load_config("final", ["training.seed=7"])


def test_a_file_beside_it_is_extended_rather_than_a_recipe(tmp_path):
    (tmp_path / "final.yaml").write_text("extends: cpu.yaml\ntraining: {seed: 8}\n")
    (tmp_path / "bot.yaml").write_text("extends: final.yaml\n")
    assert load_config("bot.yaml").training.seed == 8


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("fina", ["fina: no such recipe", "did you mean 'final'?", "fast_start"]),
        ("a\nb", ["a b: no such recipe"]),
        ("no.yaml", ["no.yaml: cannot be read"]),
        ("configs/no", ["configs/no: cannot be read"]),
        ("mine", ["mine: cannot be read"]),
        ("", ["cannot be read"]),
    ],
)
def test_what_is_neither_is_one_line(tmp_path, name, parts):
    (tmp_path / "mine").mkdir()
    with pytest.raises(UserError) as caught:
        load_config(name)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    for part in parts:
        assert part in message


def test_an_unknown_base_names_the_file_that_extends_it():
    Path("bot.yaml").write_text("extends: fnal\n")
    with pytest.raises(UserError, match=r"fnal: no such recipe; did you mean 'final'\?.*\(extended by bot.yaml\)"):
        load_config("bot.yaml")


@pytest.mark.parametrize("name", ["single", "parallel", "optimized", "parallel_optimized"])
def test_the_old_path_of_a_recipe_that_moved_still_works(name, capsys):
    config = load_config(f"configs/{name}.yaml")
    assert capsys.readouterr().err == (
        f"configs/{name}.yaml: moved; write --config {name} or configs/compare/{name}.yaml\n"
    )
    assert config == load_config(name) == load_config(recipes_folder() / "compare" / f"{name}.yaml")
    assert capsys.readouterr().err == ""


def test_a_file_of_ones_own_at_an_old_path_comes_first(tmp_path, capsys):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "single.yaml").write_text("training: {seed: 9}\n")
    assert load_config("configs/single.yaml").training.seed == 9
    with pytest.raises(UserError, match="cannot be read"):
        load_config("elsewhere/single.yaml")
    assert capsys.readouterr().err == ""


def test_what_extends_an_old_path_still_works(capsys):
    Path("bot.yaml").write_text("extends: configs/parallel.yaml\n")
    assert load_config("bot.yaml") == load_config("parallel")
    assert "moved" in capsys.readouterr().err
