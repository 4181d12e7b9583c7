"""Checkpoints: a folder that appears whole or not at all. The only file that knows Orbax.

checkpoints/final/state/            TrainState, as Orbax writes it
checkpoints/final/policy.npz, .json the bot alone, for numpy (see jaxrl.policy)
checkpoints/final/config.yaml       the resolved config of the run
checkpoints/final/checkpoint.json   what this is, and the SHA-256 of every other file
"""

import errno
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import jaxrl
from jaxrl.config import Config
from jaxrl.config_loading import dump_config, load_config
from jaxrl.errors import SaveError, UserError
from jaxrl.policy import FORMAT, Description, write_policy
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO

STATE_DIR, CONFIG_FILE, INFO_FILE = "state", "config.yaml", "checkpoint.json"
SMALL_FILES_BYTES = 2**20
TEMPORARY_PREFIX, REPLACED_PREFIX = ".saving-", ".replaced-"


@dataclass(frozen=True)
class Info:
    """The content of `checkpoint.json`."""

    jaxrl: str  # version that wrote it
    env_steps: int
    updates: int
    log_folder: str  # the run's TensorBoard events, so that a resumed run goes on with them
    files: dict[str, str]  # SHA-256 of every other file, by its path in the folder


def save_checkpoint(
    folder: Path, state: TrainState, config: Config, ppo: PPO, example_states: np.ndarray, log_folder: Path | str = ""
) -> None:
    """Writes `folder`; whatever stood there before stays until the new one is complete and on disk.

    `example_states` `[..., F]` become the test vectors that `load_policy` verifies. Raises SaveError where the disk is
    full or cannot be written to; what was there before is as it was.
    """
    folder = folder.absolute()
    temporary = folder.with_name(TEMPORARY_PREFIX + folder.name)
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        _reserve(temporary, jax.tree.leaves(state))
        _write(temporary, state, config, ppo, example_states, log_folder)
        _put_in_place(temporary, folder)
    except (OSError, ValueError, RuntimeError) as error:  # the two latter are what Orbax makes of a full disk
        shutil.rmtree(temporary, ignore_errors=True)
        raise SaveError(f"{folder}: cannot be saved ({_reason(error)})") from error


def _reserve(folder: Path, arrays: list[jax.Array]) -> None:
    """Raises OSError unless the disk has room for a checkpoint: Orbax's threads fail less gracefully."""
    # the weights come twice, in TrainState and for numpy, and Orbax compresses
    size = 2 * sum(array.nbytes for array in arrays) + SMALL_FILES_BYTES
    file = folder / "reserved"
    with file.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, size)
    file.unlink()


def _write(
    folder: Path, state: TrainState, config: Config, ppo: PPO, example_states: np.ndarray, log_folder: Path | str
) -> None:
    """Writes all files of a checkpoint into an empty folder, and waits until they are on disk."""
    import orbax.checkpoint as ocp  # takes seconds to import, and a run saves late

    # what fails raises; the tracebacks that Orbax's threads log besides are for nobody
    for name in ("absl", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder / STATE_DIR, state)
    (folder / CONFIG_FILE).write_text(dump_config(config), encoding="utf-8")
    tests = _test_vectors(ppo, state, example_states)
    write_policy(folder, _describe(config, ppo, state), state.params["params"], state.obs_stats, tests)
    info = Info(
        jaxrl=jaxrl.__version__,
        env_steps=state.num_env_steps,
        updates=int(state.updates),
        log_folder=str(log_folder),
        files={str(path.relative_to(folder)): _sha256(path) for path in _files(folder)},
    )
    write_info(folder, info)
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _reason(error: Exception) -> str:
    """In the words of the operating system where they can be found: Orbax wraps them in its own."""
    text = " ".join(str(error).split())
    marks = {"RESOURCE_EXHAUSTED": errno.ENOSPC, os.strerror(errno.ENOSPC): errno.ENOSPC}
    marks |= {os.strerror(errno.EROFS): errno.EROFS}
    known = next((os.strerror(code) for mark, code in marks.items() if mark in text), None)
    return known or getattr(error, "strerror", None) or text[:200]


def _put_in_place(temporary: Path, folder: Path) -> None:
    """Renames a complete checkpoint; whatever stood in its place is there until then."""
    replaced = folder.with_name(REPLACED_PREFIX + folder.name)
    shutil.rmtree(replaced, ignore_errors=True)
    if folder.exists():
        folder.rename(replaced)
    try:
        temporary.rename(folder)
    except OSError:
        if replaced.exists():
            replaced.rename(folder)
        raise
    _sync(folder.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def load_checkpoint(folder: Path, like: TrainState) -> TrainState:
    """The TrainState in `folder`; `like` (arrays or their shapes) gives its structure, shapes and dtypes."""
    import orbax.checkpoint as ocp

    folder = folder.absolute()
    if not (folder / STATE_DIR).is_dir():
        raise UserError(f"{folder}: not a checkpoint (no folder {STATE_DIR!r} in it)")
    abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
    try:
        with ocp.StandardCheckpointer() as checkpointer:
            state = checkpointer.restore(folder / STATE_DIR, abstract)
    except (ValueError, KeyError) as error:
        written_by = checkpoint_info(folder).jaxrl
        raise UserError(
            f"{folder}: its training state has another layout (written by jaxrl {written_by}); "
            "--resume needs the version that wrote it, load_policy and evaluation do not"
        ) from error
    # Orbax binds arrays to a device; mixed with others they would have JAX compile the update twice
    return jax.tree.map(jnp.array, jax.device_get(state))


def load_checkpoint_config(folder: Path) -> Config:
    """The config of the run that wrote `folder`. Nothing that it names is imported."""
    return load_config(folder / CONFIG_FILE)


def checkpoint_info(folder: Path) -> Info:
    """What `folder` is; raises UserError where it is no checkpoint or its description is damaged."""
    path = folder / INFO_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest = content.pop("sha256")
        info = Info(**content)
    except OSError as error:
        raise UserError(f"{folder}: not a checkpoint ({INFO_FILE}: {error.strerror})") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UserError(f"{path}: damaged ({error})") from error
    if digest != _digest(content):
        raise UserError(f"{path}: damaged: not what was saved")
    return info


def write_info(folder: Path, info: Info) -> None:
    """Writes `checkpoint.json`, with a digest of its own content."""
    content = asdict(info)
    text = json.dumps(content | {"sha256": _digest(content)}, indent=2) + "\n"
    (folder / INFO_FILE).write_text(text, encoding="utf-8")


def verify_checkpoint(folder: Path) -> Info:
    """Compares every file with its SHA-256; raises UserError naming the first that is missing or differs."""
    info = checkpoint_info(folder)
    for name, expected in info.files.items():
        try:
            found = _sha256(folder / name)
        except OSError as error:
            raise UserError(f"{folder}: damaged: {name} cannot be read ({error.strerror})") from error
        if found != expected:
            raise UserError(f"{folder}: damaged: {name} is not what was saved")
    return info


def find_checkpoints(directory: Path) -> list[Path]:
    """All checkpoints directly in `directory`, the newest (by environment steps) last; damaged descriptions first."""
    found = {path.parent for name in (INFO_FILE, STATE_DIR) for path in directory.glob(f"[!.]*/{name}")}
    return sorted(found, key=lambda folder: (steps_of(folder), folder))


def finish_interrupted(directory: Path) -> None:
    """Tidies what a killed process left: puts back what it was about to replace, deletes what it had not finished."""
    for replaced in directory.glob(f"{REPLACED_PREFIX}*"):
        folder = directory / replaced.name.removeprefix(REPLACED_PREFIX)
        if folder.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(folder)
    for unfinished in directory.glob(f"{TEMPORARY_PREFIX}*"):
        shutil.rmtree(unfinished)


def steps_of(folder: Path) -> int:
    """Environment steps of a checkpoint; -1 where its description is damaged."""
    try:
        return checkpoint_info(folder).env_steps
    except UserError:
        return -1


def newest_intact(directory: Path, say: Callable[[str], None]) -> Path:
    """The newest checkpoint in `directory` whose files are all as saved; names those it skips.

    Raises UserError where there is none.
    """
    found = find_checkpoints(directory)
    unknown = sum(steps_of(folder) < 0 for folder in found)
    # how new those with a damaged description are is not known: they are named before an intact one is returned
    for folder in (*found[:unknown], *reversed(found[unknown:])):
        try:
            verify_checkpoint(folder)
        except UserError as error:
            say(f"{error}; trying an older one")
            continue
        return folder
    raise UserError(f"{directory}: no intact checkpoint to resume from")


def delete_old(directory: Path, prefix: str, keep: int) -> None:
    """Deletes all but the `keep` newest checkpoints whose names start with `prefix`."""
    named = [folder for folder in find_checkpoints(directory) if folder.name.startswith(prefix)]
    for folder in named[:-keep]:
        shutil.rmtree(folder)


def _describe(config: Config, ppo: PPO, state: TrainState) -> Description:
    return Description(
        format=FORMAT,
        jaxrl=jaxrl.__version__,
        env_steps=state.num_env_steps,
        team_size=config.environment.team_size,
        tick_skip=config.environment.tick_skip,
        action_delay_ticks=config.environment.action_delay_ticks,
        obs_size=ppo.game.obs_size,
        num_actions=ppo.game.num_actions,
        activation=config.network.activation,
        layer_norm=config.network.layer_norm,
        trunk_layers=len(config.network.shared),
        actor_layers=len(config.network.actor),
        normalize_observations=config.normalization.observations,
        clip_observations=config.normalization.clip_observations,
        car_frame=config.observation.car_frame,
        mirror=config.observation.mirror,
    )


def _test_vectors(ppo: PPO, state: TrainState, states: np.ndarray) -> dict[str, np.ndarray]:
    """State -> observation -> logits in full precision, whatever the run trains in: a bot computes in float32."""
    accelerator = ppo.config.accelerator.model_copy(update={"precision": "float32"})
    exact = PPO(ppo.config.model_copy(update={"accelerator": accelerator}), ppo.game)
    with jax.default_matmul_precision("highest"):
        logits = exact.logits(state.params, state.obs_stats, states)
    return {"states": states, "obs": np.asarray(ppo.game.observe(states)), "logits": np.asarray(logits)}


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Waits until `path` (a file, or the names in a folder) is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def differences(saved: Any, now: Any, names: tuple[str, ...]) -> list[str]:
    """`name: saved -> now` for every one of the dotted `names` that differs between two configs."""

    def value(config: Any, name: str) -> Any:
        for part in name.split("."):
            config = getattr(config, part)
        return config

    pairs = [(name, value(saved, name), value(now, name)) for name in names]
    return [f"{name}: {old} -> {new}" for name, old, new in pairs if old != new]
