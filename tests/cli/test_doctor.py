"""What `jaxrl doctor` finds: on this machine, and where something is really wrong."""

import os
import shutil

import pytest
from support.engines import put_in_place, take_away

from jaxrl.cli import doctor
from jaxrl.cli.main import run_command
from jaxrl.sim.rocketsim3.module import INTERFACE


def test_the_report_names_all_that_a_bug_report_needs(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code = run_command("doctor", ["--config", "final"])
    lines = capsys.readouterr().out.splitlines()
    names = {line.split()[0] for line in lines if line}
    assert names >= {
        "jaxrl",
        "python",
        "jax",
        "jaxlib",
        "rocketsim",
        "jaxrl-physics",
        "devices",
        "cores",
        "memory",
        "meshes",
    }
    assert next(line for line in lines if line.startswith("devices")).split()[1] == "cpu"
    assert (code, lines[-1]) == (0, "nothing is wrong")


def test_a_package_that_is_missing_is_said():
    assert doctor.package("a-package-that-does-not-exist").problem.startswith("not installed")


def test_rocketsim3_may_be_missing_but_not_of_another_version(monkeypatch):
    take_away(monkeypatch)
    assert doctor.native_physics() == doctor.Finding("jaxrl-physics", "not installed: RocketSim 2 plays")
    put_in_place(monkeypatch)
    assert "has interface 0, and this jaxrl needs" in doctor.native_physics().problem
    put_in_place(monkeypatch, INTERFACE=INTERFACE, __version__="9.8.7", ROCKETSIM_VERSION="0.3.4")
    assert doctor.native_physics() == doctor.Finding("jaxrl-physics", "9.8.7, RocketSim 0.3.4")


def test_a_device_that_jax_does_not_have():
    finding = doctor.devices("cuda")
    assert finding.value == "none"
    assert "JAX is installed without CUDA: uv sync --extra cuda12" in finding.problem


def test_a_graphics_card_that_jax_does_not_use(tmp_path, monkeypatch):
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert "JAX is installed without CUDA" in doctor.devices("auto").problem


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "logs").write_text("")
    assert doctor.disk("logs", tmp_path / "logs" / "run").problem == f"{tmp_path / 'logs'} is not a folder"
    assert doctor.disk("logs", tmp_path / "new" / "run").problem is None
    assert [path.name for path in tmp_path.iterdir()] == ["logs"], "nothing is left behind"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a place that nobody can write to")
def test_a_folder_that_cannot_be_written_to():
    assert "cannot be written to" in doctor.disk("logs", doctor.Path("/proc/self/logs")).problem


def test_too_little_room(tmp_path, monkeypatch):
    free = shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(doctor, "MIN_DISK", free + 2**40)
    assert "free" in doctor.disk("logs", tmp_path).problem


def test_a_problem_is_exit_code_1(capsys, monkeypatch, tmp_path):
    (tmp_path / "logs").write_text("")
    monkeypatch.chdir(tmp_path)
    assert run_command("doctor", []) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("logs: ")
