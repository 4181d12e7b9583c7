"""The device: platform, precision of matrix products, cache of compiled programs."""

import logging
import math
import os
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

import jax

from jaxrl.config.schema import Accelerator, Config
from jaxrl.errors import UserError, first_line
from jaxrl.nets.precision import resolve
from jaxrl.report.progress import say

MATMUL_PRECISION = {"float32": "highest", "tf32": "tensorfloat32", "bfloat16": "bfloat16"}
CUDA_PLUGINS = {"jax-cuda12-plugin", "jax-cuda13-plugin"}
HOW_TO_INSTALL = 'uv sync --extra cuda12 (or cuda13), or pip install "jaxrl-rocketleague[cuda12]"'


def configure_device(accelerator: Accelerator) -> jax.Device:
    """Apply the config to JAX; returns the device that will be used. Raises UserError if there is no such device."""
    if accelerator.platform != "auto":
        jax.config.update("jax_platforms", accelerator.platform)
    # on a CPU, handing every small inference to another thread and back costs more than the inference
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    if accelerator.compile_cache is not None:
        jax.config.update("jax_compilation_cache_dir", str(Path(accelerator.compile_cache).absolute()))
    device = find_device(accelerator.platform)
    jax.config.update("jax_default_matmul_precision", MATMUL_PRECISION[resolve(accelerator.precision)])
    if accelerator.platform not in ("auto", _config_name(device)):
        raise UserError(
            f"accelerator.platform {accelerator.platform}: JAX already runs on {device.platform} in this process: "
            f"set JAX_PLATFORMS={accelerator.platform} before it is first used"
        )
    return device


def find_device(platform: str = "auto") -> jax.Device:
    """The first device that JAX finds for `accelerator.platform`; raises UserError that says what is missing."""
    with _plugin_errors() as reasons:
        try:
            device = jax.local_devices()[0]
        except (RuntimeError, AssertionError) as error:  # the latter without a word, where no GPU is to be seen
            reason = next(filter(None, [*reasons, first_line(error), "none is to be seen"]))
            wanted = os.environ.get("JAX_PLATFORMS", "") if platform == "auto" else platform
            asked, instead = f"accelerator.platform {wanted}", "accelerator.platform=auto takes"
            if platform == "auto":
                asked, instead = f"JAX_PLATFORMS={wanted}", "without that, JAX takes"
            missing = _what_is_missing(wanted, reason)
            raise UserError(f"{asked}: {missing}; {instead} the CPU where there is no GPU") from error
    for reason in reasons:
        say(f"JAX goes on without a plugin that does not start ({reason}), on {describe_device(device)}")
    return device


def _what_is_missing(wanted: str, reason: str) -> str:
    """What the `wanted` platforms of JAX lack here, and what to do."""
    if not {"cuda", "gpu"} & set(wanted.split(",")):
        return f"JAX finds no such device ({reason})"
    if CUDA_PLUGINS & {installed.name for installed in distributions()}:
        return f"JAX finds no NVIDIA GPU that it can use ({reason}): does nvidia-smi list one?"
    return f"JAX is installed without CUDA: {HOW_TO_INSTALL}"


@contextmanager
def _plugin_errors() -> Generator[list[str]]:
    """Collect why plugins do not start, in one line each, where JAX would log a traceback."""
    reasons: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            reasons.append(first_line(error))
        return error is None

    logger = logging.getLogger("jax._src.xla_bridge")
    logger.addFilter(keep)
    try:
        yield reasons
    finally:
        logger.removeFilter(keep)


def _config_name(device: jax.Device) -> str:
    """The name that `accelerator.platform` has for a device."""
    return "cuda" if device.platform == "gpu" else device.platform


def has_accelerator() -> bool:
    """Whether JAX runs on something else than the CPU, which then has time for other things."""
    return jax.default_backend() != "cpu"


def learning_devices(config: Config, hosts: int = 1) -> list[jax.Device]:
    """The devices that learn together, as `accelerator.devices` says: so many of each host.

    auto: all accelerators that arenas and minibatches can be dealt out to evenly, or the CPU. Raises UserError for more
    than there are, and for a number that divides one of these unevenly.
    """
    number = _devices_of_a_host(config, hosts)
    of_hosts: dict[int, list[jax.Device]] = {}
    for device in jax.devices() if hosts > 1 else jax.local_devices():
        of_hosts.setdefault(device.process_index, []).append(device)
    return [device for _, devices in sorted(of_hosts.items()) for device in devices[:number]]


def _devices_of_a_host(config: Config, hosts: int) -> int:
    there, wanted = jax.local_devices(), config.accelerator.devices
    sizes = sorted({batch.minibatch_size for batch in config.batches})
    shared, minibatch = math.gcd(config.environment.num_envs, *sizes), " or ".join(map(str, sizes))
    if shared % hosts:
        raise UserError(
            f"--num-hosts {hosts} must divide environment.num_envs {config.environment.num_envs} and the "
            f"{minibatch} transitions of a minibatch"
        )
    shared //= hosts
    even = [number for number in range(1, len(there) + 1) if shared % number == 0]
    if wanted == "auto":
        return even[-1] if has_accelerator() else 1
    if wanted > len(there):
        raise UserError(f"accelerator.devices {wanted}: JAX finds {len(there)} ({describe_device(there[0])})")
    if wanted not in even:
        fitting = max(number for number in even if number <= wanted)
        dealt = f" on each of {hosts} hosts" if hosts > 1 else ""
        raise UserError(
            f"accelerator.devices {wanted} must divide environment.num_envs {config.environment.num_envs} and the "
            f"{minibatch} transitions of a minibatch{dealt}: {fitting} would fit"
        )
    return wanted


def act_options(device: jax.Device) -> dict[str, bool]:
    """Compiler options of the inference that runs beside the workers.

    On a CPU it stays on one core: a product split over threads stalls when a worker occupies the other core.
    """
    return {"xla_cpu_multi_thread_eigen": False} if device.platform == "cpu" else {}


def describe_device(device: jax.Device, number: int = 1, hosts: int = 1) -> str:
    """Platform and kind of a device, and of how many on how many hosts, for the banner."""
    kind = f" ({device.device_kind})" if device.device_kind != device.platform else ""
    return f"{f'{number} x ' if number > 1 else ''}{device.platform}{kind}{f' on {hosts} hosts' if hosts > 1 else ''}"
