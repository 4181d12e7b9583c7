"""The wheel as a user gets it: built, installed into a fresh environment, and run from an empty folder.

WHEEL_PYTHON names another interpreter than the one that runs the tests.
"""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from support.cli import ROOT, TINY

import jaxrl

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv to build and to install"),
]
# what the tests run under must not leak into the fresh environment
CLEAN = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run(*command, cwd=ROOT, timeout=600):
    return subprocess.run([*map(str, command)], cwd=cwd, env=CLEAN, capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    done = run("uv", "build", "--out-dir", out)  # the wheel by way of the sdist, as a release is built
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def scripts(wheel, tmp_path_factory):
    """The folder of the commands of a fresh environment with nothing but the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "overrides").write_text("numpy>=2\n")  # as [tool.uv] has it: the pin of rlgym-rocket-league is too tight
    python = os.environ.get("WHEEL_PYTHON", sys.executable)
    for command in (
        ["uv", "venv", "--python", python, folder / "venv"],
        ["uv", "pip", "install", "--python", folder / "venv", "--override", folder / "overrides", wheel],
    ):
        done = run(*command, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder / "venv" / "bin"


def test_what_is_in_it(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "ls-files", "jaxrl", "configs").stdout.split()
    expected = {name.replace("configs/", "jaxrl/recipes/") for name in tracked if (ROOT / name).exists()}
    assert {"jaxrl/py.typed", "jaxrl/recipes/final.yaml", "jaxrl/watch/viewer.js"} <= expected
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert wheel.name.startswith(f"jaxrl_rocketleague-{jaxrl.__version__}-")


def test_version_and_check(scripts, tmp_path):
    assert run(scripts / "jaxrl", "--version", cwd=tmp_path).stdout == f"jaxrl {jaxrl.__version__}\n"
    done = run(scripts / "jaxrl", "check", "--config", "final", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "n_minibatches" in done.stdout
    assert not list(tmp_path.iterdir())


def test_it_trains_watches_and_exports_from_an_empty_folder(scripts, tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: final\n")
    pairs = [part for key, value in TINY.items() for part in ("--set", f"{key}={value}")]
    done = run(scripts / "jaxrl", "train", "--config", "mine.yaml", *pairs, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "checkpoints" / "final" / "policy.npz").exists()
    done = run(scripts / "jaxrl", "watch", "checkpoints/final", "--minutes", "0.05", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "match.html").stat().st_size > 100_000
    done = run(scripts / "jaxrl", "export", "checkpoints/final", "--out", "bot", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "bot" / "bot.py").exists()
