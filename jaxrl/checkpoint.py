"""Checkpoints: a folder that appears whole or not at all. The only file that knows Orbax.

checkpoints/final/state/           TrainState, as Orbax writes it
checkpoints/final/config.yaml      the resolved config of the run
checkpoints/final/checkpoint.json  what this is: version, environment steps, updates
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import jax

import jaxrl
from jaxrl.config import Config
from jaxrl.config_loading import dump_config, load_config
from jaxrl.errors import UserError
from jaxrl.ppo.train_state import TrainState

STATE_DIR, CONFIG_FILE, INFO_FILE = "state", "config.yaml", "checkpoint.json"
TEMPORARY_PREFIX, REPLACED_PREFIX = ".saving-", ".replaced-"


def save_checkpoint(folder: Path, state: TrainState, config: Config) -> None:
    """Writes `folder`; whatever stood there before stays until the new one is complete and on disk."""
    import orbax.checkpoint as ocp  # takes seconds to import, and a run saves late

    folder = folder.absolute()
    temporary = folder.with_name(TEMPORARY_PREFIX + folder.name)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(temporary / STATE_DIR, state)
    info = {"jaxrl": jaxrl.__version__, "env_steps": state.num_env_steps, "updates": int(state.updates)}
    _write(temporary / CONFIG_FILE, dump_config(config))
    _write(temporary / INFO_FILE, json.dumps(info, indent=2) + "\n")
    _sync(temporary)
    replaced = folder.with_name(REPLACED_PREFIX + folder.name)
    shutil.rmtree(replaced, ignore_errors=True)
    if folder.exists():
        folder.rename(replaced)
    temporary.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def load_checkpoint(folder: Path, like: TrainState) -> TrainState:
    """The TrainState in `folder`; `like` gives its structure, shapes and dtypes."""
    import orbax.checkpoint as ocp

    folder = folder.absolute()
    if not (folder / STATE_DIR).is_dir():
        raise UserError(f"{folder}: not a checkpoint (no folder {STATE_DIR!r} in it)")
    abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
    with ocp.StandardCheckpointer() as checkpointer:
        return checkpointer.restore(folder / STATE_DIR, abstract)


def load_checkpoint_config(folder: Path) -> Config:
    """The config of the run that wrote `folder`."""
    return load_config(folder / CONFIG_FILE)


def checkpoint_info(folder: Path) -> dict[str, Any]:
    """Version, environment steps and updates of the checkpoint in `folder`."""
    return json.loads((folder / INFO_FILE).read_text(encoding="utf-8"))


def find_checkpoints(directory: Path) -> list[Path]:
    """All complete checkpoints directly in `directory`, by name."""
    return sorted(info.parent for info in directory.glob(f"[!.]*/{INFO_FILE}"))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    """Waits until `path` (a file, or the names in a folder) is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
