"""The README's two terminals, literally: what runs in the second one leaves RocketSim's library to the first."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import RocketSim
from support.cli import ROOT, TINY
from support.documents import TEXTS

ACTIVATE = Path(sys.prefix, "bin", "activate")
LINKED = ("train.py", "configs", "jaxrl", "pyproject.toml", "README.md")


def terminals() -> list[str]:
    """What the section "Start" types into each terminal, but for the installation."""
    section = TEXTS["README.md"].partition("\n## Start\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?m)(?:^ {4}.*\n)+", section)
    lines = [[line.strip() for line in block.splitlines() if "pip install" not in line] for block in blocks]
    return ["\n".join(block) for block in lines]


def library() -> tuple[int, int]:
    """The inode of RocketSim's library, and when it was last put there (ns)."""
    found = Path(RocketSim.__file__).stat()
    return found.st_ino, found.st_ctime_ns


@pytest.mark.slow
@pytest.mark.skipif(not ACTIVATE.exists(), reason="these tests run outside a virtual environment")
def test_tensorboard_beside_a_training(tmp_path):
    """The checkout by links, with the environment of this test as its .venv."""
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    train, tensorboard = terminals()
    settings = [part for key, value in TINY.items() for part in ("--set", f"{key}={value}")]
    before = library()
    options = {"cwd": tmp_path, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(["bash", "-ec", f'{train} "$@"', "bash", *settings], **options) as training:
        second = ["timeout", "90", "bash", "-ec", f"{tensorboard} --port=0"]
        with subprocess.Popen(second, **options, start_new_session=True) as serving:
            shown = next((line for line in serving.stdout if line.startswith("TensorBoard ")), "")
            os.killpg(serving.pid, signal.SIGTERM)
        printed, _ = training.communicate(timeout=240)
    assert library() == before
    assert training.returncode == 0, printed
    assert "http://" in shown
    assert (tmp_path / "checkpoints" / "final").is_dir()
