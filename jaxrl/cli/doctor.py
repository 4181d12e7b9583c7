"""`jaxrl doctor`: what a bug report needs to know of this machine, and what is wrong with it."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import jaxrl
from jaxrl.cli.config_options import config_from
from jaxrl.config.schema import Config
from jaxrl.errors import SimulationError, UserError
from jaxrl.files import check_path
from jaxrl.sim.cores import available_cores
from jaxrl.sim.engine import INSTALL
from jaxrl.sim.rocketsim3.module import versions, why_not
from jaxrl.streams import tell

PACKAGES = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy", "rocketsim", "rlgym-rocket-league")
MIN_MEMORY, MIN_DISK = 2 * 2**30, 2**30  # bytes, free
DEVICE_SECONDS = 120.0
BROKEN_PLUGIN = "a plugin that does not start"
DEVICES = """
import sys, jax
from jaxrl.config.schema import Accelerator
from jaxrl.errors import UserError
from jaxrl.training.device import configure_device, describe_device
try:
    configure_device(Accelerator(platform=sys.argv[1], compile_cache=None))
    print("; ".join(map(describe_device, jax.devices())))
except UserError as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Finding:
    """One line of the report; `problem` says what is wrong and what to do about it."""

    name: str
    value: str
    problem: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl doctor`."""
    parser.description = "Print what a bug report needs: versions, device, cores, memory, disk, and what is wrong."
    parser.add_argument("--config", default="final", metavar="NAME", help="whose folders are examined (default: final)")
    parser.set_defaults(set=[])


def run(arguments: argparse.Namespace) -> int:
    """Print the report; returns 1 if something is wrong, else 0. Raises UserError for a config that is wrong."""
    config, problems = config_from(arguments), []
    for finding in examine(config):
        tell(f"{finding.name:<21}{finding.value}")
        if finding.problem is not None:
            problems.append(f"{finding.name}: {finding.problem}")
    tell("\n".join(["", *problems] if problems else ["", "nothing is wrong"]))
    return 1 if problems else 0


def examine(config: Config) -> Iterator[Finding]:
    """Every finding, as it is made; nothing is changed but for a file that is written and deleted again."""
    yield Finding("jaxrl", f"{jaxrl.__version__}, {Path(jaxrl.__file__).parent}")
    yield Finding("python", f"{platform.python_version()}, {sys.executable}")
    yield Finding("system", platform.platform())
    yield from map(package, PACKAGES)
    yield native_physics()
    yield devices(config.accelerator.platform)
    yield Finding("cores", f"{available_cores()} of {os.cpu_count()} usable")
    yield memory()
    folders = {"logs": config.logging.log_dir, "checkpoints": config.logging.checkpoint_dir}
    if config.accelerator.compile_cache is not None:
        folders["compile cache"] = config.accelerator.compile_cache
    for name, folder in folders.items():
        yield disk(name, Path(folder))
    yield collision_meshes()


def package(name: str) -> Finding:
    """The version of an installed package."""
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "missing", "not installed: uv sync, or pip install jaxrl-rocketleague")


def native_physics() -> Finding:
    """Versions of the module with RocketSim 3, which need not be there, but must fit if it is."""
    name, problem = "jaxrl-physics", why_not()
    if problem is None:
        rocketsim, module = versions()
        return Finding(name, f"{module}, RocketSim {rocketsim}")
    if problem.is_missing:
        return Finding(name, "not installed: RocketSim 2 plays")
    return Finding(name, "unusable", f"{problem.text}; {INSTALL}")


def devices(wanted: str) -> Finding:
    """Devices that JAX finds, in a process of its own, which may crash or hang; `wanted` is accelerator.platform."""
    name = "devices"
    command = [sys.executable, "-c", DEVICES, wanted]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEVICE_SECONDS)
    except subprocess.TimeoutExpired:
        return Finding(name, "unknown", f"JAX did not answer within {DEVICE_SECONDS:.0f} s")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Finding(name, "none", f"JAX cannot start: {last[:400]}")
    found = done.stdout.strip()
    if BROKEN_PLUGIN in done.stderr:
        return Finding(name, found, done.stderr.strip().splitlines()[-1][:400])
    if wanted != "cuda" and found.startswith("cpu") and shutil.which("nvidia-smi"):
        return Finding(name, found, "there is an NVIDIA GPU, but JAX is installed without CUDA: uv sync --extra cuda12")
    return Finding(name, found)


def memory() -> Finding:
    """Memory of the machine, where the system says how much is free."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kilobytes = {key: int(value.split()[0]) for key, value in (line.split(":") for line in lines)}
        total, free = 1024 * kilobytes["MemTotal"], 1024 * kilobytes["MemAvailable"]
    except (OSError, ValueError, KeyError):
        return Finding("memory", "unknown")
    problem = None if free >= MIN_MEMORY else f"less than {gib(MIN_MEMORY)} free: take configs/low_memory.yaml"
    return Finding("memory", f"{gib(free)} of {gib(total)} free", problem)


def disk(name: str, folder: Path) -> Finding:
    """Room in `folder`, or where it will be made, and whether a file can be written there."""
    try:
        check_path(folder)
    except UserError as error:
        return Finding(name, str(folder), str(error))
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        return Finding(name, str(folder), f"{there} is not a folder")
    probe = there / f".jaxrl-doctor-{os.getpid()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding(name, str(folder), f"{there} cannot be written to ({error.strerror})")
    free = shutil.disk_usage(there).free
    problem = None if free >= MIN_DISK else f"less than {gib(MIN_DISK)} free"
    return Finding(name, f"{folder}, {gib(free)} free", problem)


def collision_meshes() -> Finding:
    """Whether RocketSim's meshes and library can be used."""
    try:
        from jaxrl.sim.meshes import find_collision_meshes

        return Finding("meshes", str(find_collision_meshes()))
    except ImportError as error:
        return Finding("meshes", "unknown", f"RocketSim cannot be imported ({error})")
    except SimulationError as error:
        return Finding("meshes", "missing", str(error))


def gib(size: int) -> str:
    """`1.5 GiB` of a number of bytes."""
    return f"{size / 2**30:.1f} GiB"
