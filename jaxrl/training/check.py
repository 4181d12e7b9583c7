"""Whether a run can start here: everything that can be told without physics and without writing anything."""

import os
from pathlib import Path

from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.files import check_path
from jaxrl.report.banner import stepped_by
from jaxrl.sim.engine import describe, resolve
from jaxrl.sim.memory import memory_limit, readable
from jaxrl.training.build import build
from jaxrl.training.device import configure_device
from jaxrl.training.memory import device_needs, host_needs


def check_run(config: Config) -> tuple[str, ...]:
    """Check device, memory, folders, and all that the config names; returns lines on the physics and the memory.

    Raises UserError for the first that keeps the run from starting.
    """
    # without a cache, which compiling would fill
    device = configure_device(config.accelerator.model_copy(update={"compile_cache": None}))
    parts = build(config)
    engine = resolve(config.environment.physics)
    for key, folder in (("log_dir", config.logging.log_dir), ("checkpoint_dir", config.logging.checkpoint_dir)):
        check_folder(f"logging.{key}", Path(folder))
    needed = sum(need.size for need in host_needs(config) + device_needs(config, parts.game.num_actions))
    here = f"here are {readable(memory_limit())}, on {device}"
    return (
        f"physics: {describe(engine)} in {stepped_by(engine, parts.num_workers)}",
        f"at least {readable(needed)} of memory beside Python and JAX; {here}",
    )


def check_folder(key: str, folder: Path) -> None:
    """Check that `folder`, named by the config's `key`, is or can become one to write to; raises UserError."""
    check_path(folder)
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise UserError(f"{key}: {folder} cannot be made: {there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UserError(f"{key}: {there} cannot be written to")
