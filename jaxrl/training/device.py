"""The device: platform, precision of matrix products, cache of compiled programs."""

from pathlib import Path

import jax

from jaxrl.config.schema import Accelerator
from jaxrl.errors import UserError, first_line

MATMUL_PRECISION = {"float32": "highest", "tf32": "tensorfloat32", "bfloat16": "bfloat16"}


def configure_device(accelerator: Accelerator) -> jax.Device:
    """Apply the config to JAX; returns the device that will be used. Raises UserError if there is no such device."""
    if accelerator.platform != "auto":
        jax.config.update("jax_platforms", accelerator.platform)
    # on a CPU, handing every small inference to another thread and back costs more than the inference
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    jax.config.update("jax_default_matmul_precision", MATMUL_PRECISION[accelerator.precision])
    if accelerator.compile_cache is not None:
        jax.config.update("jax_compilation_cache_dir", str(Path(accelerator.compile_cache).absolute()))
    try:
        return jax.devices()[0]
    except RuntimeError as error:
        reason = first_line(error)
        raise UserError(f"accelerator.platform {accelerator.platform}: JAX finds no such device ({reason})") from error


def act_options(device: jax.Device) -> dict[str, bool]:
    """Compiler options of the inference that runs beside the workers.

    On a CPU it stays on one core: a product split over threads stalls when a worker occupies the other core.
    """
    return {"xla_cpu_multi_thread_eigen": False} if device.platform == "cpu" else {}


def describe_device(device: jax.Device) -> str:
    """Platform and kind of a device, for the banner."""
    return f"{device.platform} ({device.device_kind})" if device.device_kind != device.platform else device.platform
