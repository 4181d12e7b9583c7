"""Checkpoints, each a folder that appears whole or not at all. Only this file uses Orbax.

checkpoints/final/state/            TrainState, as Orbax writes it
checkpoints/final/policy.npz, .json the bot alone, for numpy (see jaxrl.bots.policy)
checkpoints/final/critic.npz        what it expects (see jaxrl.bots.critic), for whoever watches it
checkpoints/final/episodes.npz      the running episodes, where the physics can play them again
checkpoints/final/league.npz        past selves, if the run has any
checkpoints/final/config.yaml       the resolved config of the run
checkpoints/final/checkpoint.json   version, counters, and the SHA-256 of every other file
"""

import errno
import logging
import os
import shutil
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import jaxrl
from jaxrl.checkpoints.bot import write_bot
from jaxrl.checkpoints.directory import REPLACED_PREFIX, TEMPORARY_PREFIX, make_room, steps_of
from jaxrl.checkpoints.episodes import load_episodes, write_episodes
from jaxrl.checkpoints.files import CONFIG_FILE, STATE_DIR, Info, checkpoint_info, sha256, verify_checkpoint, write_info
from jaxrl.checkpoints.league import load_league, write_league
from jaxrl.config.load import dump_config, load_stored_config
from jaxrl.config.schema import Config
from jaxrl.errors import SaveError, UserError, one_line
from jaxrl.files import sync
from jaxrl.matches.league import LeagueState
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import InProgress

SMALL_FILES_BYTES = 2**20
CARRY = "reward_carry"  # of TrainState: the one field whose form the user's code decides
ADDED = {"stage_starts"}  # fields of TrainState that checkpoints of earlier versions lack, which means zero
REMOVED = {"gradient_steps"}  # that they have: schedules count environment steps


def save_checkpoint(
    folder: Path,
    state: TrainState,
    config: Config,
    ppo: PPO,
    example_states: np.ndarray,
    log_folder: Path | str = "",
    running: InProgress | None = None,
    league: LeagueState | None = None,
) -> None:
    """Write `folder`; what was there before is kept until the new one is complete, on disk and has been loaded.

    `example_states` `[..., F]` become the test vectors that `load_policy` verifies; `running` is what a resumed run
    plays again, `league` against whom. Raises SaveError if it cannot be written; what was there is then unchanged.
    """
    folder = folder.absolute()
    temporary = folder.with_name(TEMPORARY_PREFIX + folder.name)
    try:
        make_room(temporary)
        temporary.mkdir(parents=True)
        past = [each.weights for each in league.selves] if league else []
        collected = (running.episodes, running.waiting) if running else ()
        _reserve(temporary, jax.tree.leaves((state, past, collected)))
        if running is not None:
            write_episodes(temporary, running)
        if league is not None:
            write_league(temporary, league)
        _write(temporary, state, config, ppo, example_states, log_folder)
        _load_rest(temporary, state)
        _put_in_place(temporary, folder)
    except UserError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        reason = str(error).replace(TEMPORARY_PREFIX, "")  # the name that a reader knows
        raise SaveError(f"{folder}: cannot be saved, as nothing could load it ({reason})") from error
    except (OSError, ValueError, RuntimeError) as error:  # a full disk reaches us through Orbax as one of the last two
        shutil.rmtree(temporary, ignore_errors=True)
        raise SaveError(f"{folder}: cannot be saved ({_reason(error)})") from error


def check_room(directory: Path, state: TrainState) -> None:
    """Do to `directory` what a save of `state` does, without its content; raises OSError where that fails."""
    probe = directory / f"{TEMPORARY_PREFIX}probe"
    renamed = directory / f"{REPLACED_PREFIX}probe"
    try:
        for folder in (probe, renamed):
            make_room(folder)
        probe.mkdir()
        _reserve(probe, jax.tree.leaves(state))
        sync(probe)
        probe.rename(renamed)
        sync(directory)
    finally:
        for folder in (probe, renamed):
            shutil.rmtree(folder, ignore_errors=True)


def _reserve(folder: Path, arrays: Iterable[jax.Array | np.ndarray]) -> None:
    """Check that the disk has room for a checkpoint; raises OSError: Orbax's threads fail less gracefully."""
    # the weights come twice, in TrainState and for numpy, and Orbax compresses
    size = 2 * sum(array.nbytes for array in arrays) + SMALL_FILES_BYTES
    file = folder / "reserved"
    with file.open("wb") as handle:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(handle.fileno(), 0, size)
        else:  # macOS
            handle.write(bytes(size))
    file.unlink()


def _write(
    folder: Path, state: TrainState, config: Config, ppo: PPO, example_states: np.ndarray, log_folder: Path | str
) -> None:
    """Write all other files of a checkpoint into `folder`, and wait until all are on disk."""
    import orbax.checkpoint as ocp  # takes seconds to import, and a run saves late

    # errors reach us as exceptions; silence the tracebacks that Orbax's threads also log
    for name in ("absl", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # of several hosts the one that saves has all of it: Orbax would write arrays of theirs with the help of all
    whole = jax.device_get(state) if jax.process_count() > 1 else state
    with ocp.StandardCheckpointer(multiprocessing_options=_this_process()) as checkpointer:
        checkpointer.save(folder / STATE_DIR, whole)
    (folder / CONFIG_FILE).write_text(dump_config(config), encoding="utf-8")
    write_bot(folder, state, config, ppo, example_states)
    info = Info(
        jaxrl=jaxrl.__version__,
        env_steps=state.num_env_steps,
        updates=int(state.updates),
        log_folder=str(log_folder),
        files={str(path.relative_to(folder)): sha256(path) for path in _files(folder)},
    )
    write_info(folder, info)
    for path in (*folder.rglob("*"), folder):
        sync(path)


def _load_rest(folder: Path, state: TrainState) -> None:
    """Load all but the bot with the code that loads it later; raises UserError where that fails."""
    verify_checkpoint(folder)
    load_checkpoint_config(folder)
    load_checkpoint(folder, state)
    load_episodes(folder)
    load_league(folder)


def _reason(error: Exception) -> str:
    """Describe `error` in the words of the operating system, if they can be found in those of Orbax."""
    text = one_line(error)
    if "Out of memory" in text:  # an accelerator's memory has the same code as a full disk
        return text[:200]
    marks = {"RESOURCE_EXHAUSTED": errno.ENOSPC, os.strerror(errno.ENOSPC): errno.ENOSPC}
    marks |= {os.strerror(errno.EROFS): errno.EROFS}
    known = next((os.strerror(code) for mark, code in marks.items() if mark in text), None)
    return known or getattr(error, "strerror", None) or text[:200]


def _put_in_place(temporary: Path, folder: Path) -> None:
    """Rename a complete checkpoint to its final name; what has that name is kept until then."""
    replaced = folder.with_name(REPLACED_PREFIX + folder.name)
    make_room(replaced)
    if folder.is_symlink() or steps_of(folder) is None:
        make_room(folder)  # not a checkpoint of a run, whatever it is
    else:
        folder.rename(replaced)
    try:
        temporary.rename(folder)
    except OSError:
        if replaced.exists():
            replaced.rename(folder)
        raise
    sync(folder.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def load_checkpoint(folder: Path, like: TrainState) -> TrainState:
    """Read the TrainState in `folder`; `like` (arrays or their shapes) gives its structure, shapes and dtypes.

    Of the memory of reward terms that comes back which was saved and which `like` has in the same form: terms come and
    go. What checkpoints of earlier versions lack is zero.

    Raises UserError if `folder` is no checkpoint or its training state has another layout.
    """
    import orbax.checkpoint as ocp

    folder = folder.absolute()
    if not (folder / STATE_DIR).is_dir():
        raise UserError(f"{folder}: not a checkpoint (no folder {STATE_DIR!r} in it)")
    try:
        with ocp.StandardCheckpointer(multiprocessing_options=_this_process()) as checkpointer:
            saved = checkpointer.metadata(folder / STATE_DIR).item_metadata.tree
        wanted = jax.tree.map(ocp.utils.to_shape_dtype_struct, _wanted(like, saved))
        arguments = ocp.checkpoint_utils.construct_restore_args(wanted)
        handler = ocp.PyTreeCheckpointHandler(multiprocessing_options=_this_process())
        with ocp.Checkpointer(handler, multiprocessing_options=_this_process()) as checkpointer:
            found = checkpointer.restore(
                folder / STATE_DIR,
                args=ocp.args.PyTreeRestore(item=wanted, restore_args=arguments, partial_restore=True),
            )
    except Exception as error:  # Orbax raises a dozen kinds, and Exception itself
        written_by = checkpoint_info(folder).jaxrl
        raise UserError(
            f"{folder}: its training state is damaged or has another layout (written by jaxrl {written_by}); "
            "--resume needs the version that wrote it, load_policy and evaluation do not"
        ) from error
    later = {name: getattr(like, name) for name in ADDED if name not in found}
    state = TrainState(**found, **jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), later))
    # Orbax commits arrays to a device; mixed with uncommitted ones they would make JAX compile the update twice
    return jax.tree.map(jnp.array, jax.device_get(state))


def _this_process() -> Any:
    """Options of Orbax for a checkpoint of this process alone, which waits for no other host."""
    import orbax.checkpoint as ocp

    if jax.process_count() == 1:
        return ocp.options.MultiprocessingOptions()
    number = jax.process_index()
    return ocp.options.MultiprocessingOptions(number, {number}, barrier_sync_key_prefix=f"jaxrl-{number}")


def _wanted(like: TrainState, saved: dict[str, Any]) -> dict[str, Any]:
    """The fields of `like` to be read, by the tree that was saved; raises ValueError if that has another layout."""
    fields_of_like = {field.name: getattr(like, field.name) for field in fields(like)}
    saved, wanted = ({k: v for k, v in tree.items() if v is not None} for tree in (saved, fields_of_like))
    saved = {name: value for name, value in saved.items() if name not in REMOVED}
    carries, saved_carries = wanted.pop(CARRY), saved.get(CARRY, {})
    wanted = {name: value for name, value in wanted.items() if name in saved or name not in ADDED}
    if _shapes(wanted).keys() != _shapes({name: value for name, value in saved.items() if name != CARRY}).keys():
        raise ValueError("other arrays than expected")
    known = {name: carry for name, carry in carries.items() if name in saved_carries}
    return wanted | {
        CARRY: {name: carry for name, carry in known.items() if _shapes(carry) == _shapes(saved_carries[name])}
    }


def _shapes(tree: Any) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The shape of every array by its path, in which Orbax makes no difference between attributes and keys."""

    def name(key: Any) -> str:
        return str(next(getattr(key, kind) for kind in ("key", "name", "idx") if hasattr(key, kind)))

    return {tuple(map(name, path)): tuple(leaf.shape) for path, leaf in jax.tree.leaves_with_path(tree)}


def load_checkpoint_config(folder: Path) -> Config:
    """Read the config of the run that wrote `folder`; imports nothing that it names."""
    return load_stored_config(folder / CONFIG_FILE)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
