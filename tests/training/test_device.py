"""The device that a run asks for and this machine does not have: one line that says what is missing."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import ROOT, TINY, assert_one_error_line, run

from jaxrl.cli.doctor import devices
from jaxrl.nets import precision

pytestmark = pytest.mark.skipif(bool([*Path("/dev").glob("nvidia[0-9]*")]), reason="has an NVIDIA GPU")
FIND = """
import sys
from jaxrl.config.schema import Accelerator
from jaxrl.errors import UserError
from jaxrl.training.device import configure_device
try:
    print(configure_device(Accelerator(platform=sys.argv[1], compile_cache=None)).platform)
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


def find(platform, code=FIND, path="", **environment):
    """What `configure_device` finds in a process of its own."""
    variables = os.environ | {"PYTHONPATH": f"{ROOT}:{path}"} | environment
    command = [sys.executable, "-c", code, platform]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=100)


@pytest.fixture
def broken_plugin(tmp_path):
    """A folder with a plugin of JAX that is installed and cannot start, as that of CUDA without a driver."""
    package, installed = tmp_path / "jax_plugins" / "xla_mine", tmp_path / "jax_cuda12_plugin-0.1.dist-info"
    package.mkdir(parents=True)
    installed.mkdir()
    (package / "__init__.py").write_text("def initialize():\n    raise RuntimeError('no driver\\nof any kind')\n")
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: jax-cuda12-plugin\nVersion: 0.1\n")
    return tmp_path


def test_training_on_a_gpu_that_is_not_there(tmp_path):
    done = run(TINY | {"accelerator.platform": "cuda"}, cwd=tmp_path)
    assert_one_error_line(done, "accelerator.platform cuda: JAX is installed without CUDA", "--extra cuda12", "=auto")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("platforms", ["cuda", "gpu", "nonsense", "cpu,nonsense", " "])
def test_an_environment_that_asks_for_what_is_not_there(platforms):
    done = find("auto", JAX_PLATFORMS=platforms)
    assert_one_error_line(done, f"JAX_PLATFORMS={platforms}: JAX ", "takes the CPU")
    assert ("--extra cuda12" in done.stderr) == (platforms in ("cuda", "gpu"))


@pytest.mark.parametrize("command", ["evaluate", "strength"])
def test_a_command_without_a_config(command):
    arguments = [sys.executable, "-m", "jaxrl", command, "idle"]
    variables = os.environ | {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "nonsense"}
    done = subprocess.run(arguments, env=variables, capture_output=True, text=True, timeout=100)
    assert_one_error_line(done, "JAX_PLATFORMS=nonsense: JAX finds no such device")


def test_the_config_comes_before_the_environment():
    assert find("cpu", JAX_PLATFORMS="nonsense").stdout == "cpu\n"


def test_a_plugin_without_its_driver(broken_plugin):
    done = find("cuda", path=broken_plugin)
    assert_one_error_line(done, "accelerator.platform cuda: JAX finds no NVIDIA GPU that it can use (no driver)")


def test_a_broken_plugin_does_not_stop_a_run_on_the_cpu(broken_plugin):
    done = find("auto", path=broken_plugin)
    assert done.stdout == "cpu\n"
    assert done.stderr == "JAX goes on without a plugin that does not start (no driver), on cpu\n"


def test_a_process_whose_jax_already_runs_on_something_else():
    done = find("cuda", code=f"import jax; jax.devices(){FIND}")
    assert_one_error_line(done, "accelerator.platform cuda: JAX already runs on cpu in this process")


def test_the_doctor_names_a_broken_plugin(broken_plugin, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{broken_plugin}")
    finding = devices("auto")
    assert finding.value == "cpu"
    assert finding.problem == "JAX goes on without a plugin that does not start (no driver), on cpu"


@pytest.mark.parametrize(("flags", "expected"), [({"avx2", "avx512_bf16"}, "bfloat16"), ({"avx2", "avx512f"}, "tf32")])
def test_the_precision_of_a_cpu_is_what_it_multiplies_faster(flags, expected, monkeypatch):
    monkeypatch.setattr(precision, "cpu_flags", lambda: frozenset(flags))
    assert precision.resolve("auto") == expected
    assert precision.resolve("float32") == "float32"


@pytest.mark.skipif(platform.machine() != "x86_64" or not shutil.which("lscpu"), reason="no lscpu, or no x86-64")
def test_flags_of_this_cpu():
    """As the system's own tool tells them."""
    lscpu = str(shutil.which("lscpu"))
    told = subprocess.run([lscpu], env={"LC_ALL": "C"}, capture_output=True, text=True, check=True).stdout
    flags = next(line.partition(":")[2].split() for line in told.splitlines() if line.startswith("Flags:"))
    assert precision.cpu_flags() == set(flags)
