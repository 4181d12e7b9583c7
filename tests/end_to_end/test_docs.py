"""What README and docs show must work: examples run as they stand, links and paths lead somewhere."""

import ast
import importlib
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from support.documents import PAGES, ROOT, TEXTS, anchors, example, links, python_examples
from support.specs import sim_spec

from jaxrl import load_policy
from jaxrl.bots.players import make_player
from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.game.state import row_size, unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv

CONFIGS = "docs/train/configs.md"
STARTS = "docs/extend/start-states.md"
MISTAKES = ("training.n_epoch=2", "training.batch_size=4000")
PLACEHOLDERS = ("section.key=value",)


@pytest.mark.parametrize("name", python_examples())
def test_examples_import_what_exists(name):
    """Every name that an example imports from jaxrl is there."""
    for node in ast.walk(ast.parse(python_examples()[name])):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "jaxrl":
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name)


def test_loading_a_bot():
    """The example of `load_policy` with a bot of the repository: shapes are as its comments say."""
    block = example("docs/deploy/load-policy.md", "play.py")
    code = block.replace("checkpoints/final", "pretrained/duel")
    found = {"state": np.zeros(row_size(2), np.float32), "load_policy": load_policy}
    exec(code, found)
    assert found["observation"].shape == found["normalized"].shape == (2, 136)
    assert found["actions"].shape == (2,)
    assert found["controls"].shape == (2, 8)


@pytest.mark.parametrize(
    ("file", "function", "low", "high"),
    [("my_starts", "high_ball", 1000, 1950), ("my_dribble", "ball_on_roof", 130, 160)],
)
def test_own_start_states(tmp_path, monkeypatch, file, function, low, high):
    """The start states of the docs in a real arena: the ball at the height that they describe."""
    (tmp_path / f"{file}.py").write_text(example(STARTS, f"{file}.py"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    spec = sim_spec(num_envs=2, start_states=((f"{file}:{function}", 1.0),))
    with RocketSimEnv(spec, 0) as env:
        height = unpack(env.reset()).ball_position[:, 2]
    assert (height > low).all()
    assert (height < high).all()


def test_own_player(tmp_path, monkeypatch):
    """The player of the docs keeps its actions, and draws new ones where an episode starts."""
    (tmp_path / "my_player.py").write_text(example("docs/extend/opponents.md", "my_player.py"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    player = make_player("my_player:Stubborn", 1, 8, 1, "numpy")
    states, uniforms = np.zeros((2, row_size(2)), np.float32), np.full((2, 2), 0.55)
    _, first = player.act(player.start(2), states, np.array([True, True]), uniforms)
    _, second = player.act(first, states, np.array([True, False]), uniforms + 0.02)
    np.testing.assert_array_equal(first, [[45, 45], [45, 45]])
    np.testing.assert_array_equal(second, [[63, 63], [45, 45]])


@pytest.mark.parametrize("page", TEXTS)
def test_every_override_is_accepted(page):
    """The `--set`s of each line of a page together, but for the lines that show what an error looks like."""
    for line in TEXTS[page].splitlines():
        overrides = re.findall(r"--set ([^\s`]+=[^\s`]+)", line)
        if overrides and not overrides[0].startswith((*MISTAKES, *PLACEHOLDERS)):
            load_config("configs/final.yaml", overrides)


@pytest.mark.parametrize("page", TEXTS)
def test_every_config_is_there(page):
    """What follows `--config` is a recipe or a file, unless the page shows the file itself."""
    for name in re.findall(r"--config ([\w./]+)", TEXTS[page]):
        if f"```yaml\n# {name}\n" not in TEXTS[page]:
            load_config(name.rstrip("."))


@pytest.mark.parametrize("page", TEXTS)
def test_yaml_examples_are_configs(page, tmp_path):
    """Every YAML block of a page is valid on top of final.yaml."""
    for block in re.findall(r"```yaml\n(.*?)```", TEXTS[page], re.DOTALL):
        body = re.sub(r"(?m)^extends:.*$", "", block)
        path = tmp_path / "example.yaml"
        path.write_text(f"extends: {ROOT / 'configs' / 'final.yaml'}\n{body}", encoding="utf-8")
        load_config(path)


def test_errors_read_as_shown():
    """The mistakes of the page on configs give the lines that it prints."""
    shown = re.findall(r"\$ python train.py --config (\S+) --set (\S+)\n +(.*)", TEXTS[CONFIGS])
    assert [override for _, override, _ in shown] == list(MISTAKES)
    for config, override, line in shown:
        with pytest.raises(UserError) as error:
            load_config(config, [override])
        assert str(error.value) == line


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_leads_somewhere(page):
    """Files that a page links to exist, and their headings, too."""
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        if target.suffix == ".html":  # the page of a recorded match, which docs/hooks.py makes
            target = target.with_suffix(".json")
        assert target.is_file(), f"{page} links to {link}"
        if anchor:
            text = target.read_text(encoding="utf-8")
            for included in re.findall(r'--8<-- "(.*?)"', text):
                text += (ROOT / included).read_text(encoding="utf-8")
            assert anchor in anchors(text), f"{page} links to {link}"


@pytest.mark.parametrize("page", TEXTS)
def test_every_path_is_there(page):
    """Paths of the repository that a page names, with the test functions behind `::`."""
    if page in ("CHANGELOG.md",):  # names what there was
        pytest.skip("names what is gone, too")
    planned = TEXTS[page].partition("## Rooms that are still to come")[0]
    for path, function in re.findall(r"\b((?:tests|jaxrl|configs|benchmarks)/[\w./]+\w)(?:::(\w+))?", planned):
        if "NAME" in path or path in ("configs/mine.yaml", "configs/single.yaml", "configs/X.yaml"):
            continue
        if path.startswith(("tests/ROOM", "jaxrl/ROOM")):
            continue
        file = ROOT / path
        assert file.exists(), f"{page} names {path}"
        assert not function or f"def {function}(" in file.read_text(encoding="utf-8"), (
            f"{page} names {path}::{function}"
        )


@pytest.mark.parametrize("page", TEXTS)
def test_every_module_that_is_run_is_there(page):
    """`python -m benchmarks.NAME` and `python -m jaxrl.NAME` of a page can be found."""
    for name in re.findall(r"python -m (benchmarks\.\w+|jaxrl\.\w+)", TEXTS[page]):
        if name == "benchmarks.promises" and page == "CHANGELOG.md":
            continue
        assert importlib.util.find_spec(name), f"{page} names {name}"


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_parses(page):
    """`jaxrl ...` of a page, as one would type it, has options that the command knows."""
    from jaxrl.cli import main

    for line in re.findall(r"(?m)^ {4}(?:\.venv/bin/)?jaxrl (.*)$", TEXTS[page]):
        words = shlex.split(line, comments=True)
        if words[0].startswith("-"):
            continue
        assert words[0] in main.COMMANDS, line
        parser = main.argparse.ArgumentParser()
        main.add_arguments(words[0], parser)
        parser.parse_args(words[1:])
    for name in re.findall(r"`jaxrl ([a-z]+)", TEXTS[page]):
        assert name in main.COMMANDS, f"{page} names jaxrl {name}"


@pytest.mark.parametrize("page", TEXTS)
def test_no_command_goes_through_uv_run(page):
    """It puts RocketSim's library in anew, under whatever runs: see test_two_terminals.py."""
    assert re.findall(r"(?m)^ {4}(?:.*&& *)?uv run .*$|`uv run \w[^`]*`", TEXTS[page]) == []


def test_every_tag_is_explained():
    """Whatever tag the code spells out is in the table of tags."""
    source = (ROOT / "jaxrl/report/tags.py").read_text(encoding="utf-8")
    tags = set(re.findall(r'"((?:train|episode|speed|eval|reward|game)/\w+)"', source))
    assert len(tags) > 20
    shorthand = {"eval/win_rate_low", "eval/win_rate_high"}
    assert [tag for tag in sorted(tags - shorthand) if f"`{tag}`" not in TEXTS["docs/train/tensorboard.md"]] == []


def test_every_page_is_in_the_navigation():
    """A page that mkdocs.yml does not list is found by nobody."""
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    docs = [page.relative_to(ROOT / "docs") for page in PAGES if page.is_relative_to(ROOT / "docs")]
    assert [str(page) for page in docs if str(Path(page)) not in navigation] == []
