"""The running episodes in a checkpoint: the file of it that a resumed run plays again, and nobody else needs.

So its damage costs these episodes and nothing else.
"""

from pathlib import Path

import numpy as np

from jaxrl.bots.array_file import ArrayFile, open_arrays
from jaxrl.checkpoints.files import EPISODES_FILE, has_intact
from jaxrl.errors import UserError
from jaxrl.sim.rollout import InProgress, Rollout
from jaxrl.sim.running import RunningEpisodes

SLOTS = "final_state_slots"

# types and number of axes of each array, which may be anybody's
KINDS: dict[str, tuple[tuple[type, ...], int]] = {
    "seeds": ((np.uint64,), 1),
    "starts": ((np.float32,), 2),
    "lengths": ((np.int64,), 1),
    "actions": ((np.uint16, np.uint8), 1),  # bytes from when there were only those of the standard table
    "rows": ((np.float32,), 2),
    "episode": ((np.int64,), 1),
    "started_as": ((np.int64,), 1),
    "broken_in_a_row": ((np.int64,), 1),
    SLOTS: ((np.int64,), 0),
}

# of a rollout that waits, T decisions of N arenas with C cars; the last two are not always there
WAITING = "waiting/"
WAITING_KINDS: dict[str, tuple[tuple[type, ...], int]] = {
    "states": ((np.float32,), 3),
    "actions": ((np.int32,), 3),
    "terminated": ((np.bool_,), 2),
    "truncated": ((np.bool_,), 2),
    "final_states": ((np.float32,), 2),
    "final_index": ((np.int32,), 2),
    "weight": ((np.float32,), 3),
    "log_probs": ((np.float32,), 3),
}


def write_episodes(folder: Path, running: InProgress) -> None:
    """Write the running episodes of a run into its checkpoint `folder`."""
    arrays = {**running.episodes._asdict(), SLOTS: np.array(running.final_state_slots, np.int64)}
    if running.waiting is not None:
        there = {name: array for name, array in running.waiting._asdict().items() if array is not None}
        arrays |= {f"{WAITING}{name}": array for name, array in there.items()}
    np.savez(folder / EPISODES_FILE, allow_pickle=False, **arrays)


def load_episodes(folder: Path) -> InProgress | None:
    """Read the running episodes of a checkpoint; None if it has none.

    Raises UserError if the file is gone, damaged or not what was saved, or if `folder` is no checkpoint.
    """
    return read_episodes(folder) if has_intact(folder, EPISODES_FILE) else None


def read_episodes(folder: Path) -> InProgress:
    """Read the file alone, whoever has written it; raises UserError if it is damaged."""
    path = folder / EPISODES_FILE
    try:
        with open_arrays(path) as arrays:
            found = arrays.read_all(KINDS)
            slots = int(found.pop(SLOTS))
            return InProgress(RunningEpisodes(**found), slots, _read_waiting(arrays, found["rows"].shape))
    except Exception as error:  # zipfile and numpy raise a dozen kinds for damaged files
        raise UserError(f"{path}: damaged ({error})") from error


def _read_waiting(file: ArrayFile, shape: tuple[int, ...]) -> Rollout | None:
    """The rollout that waits, if one does; `shape` is that of a state of all arenas, `[N, F]`."""
    there = {name: kind for name, kind in WAITING_KINDS.items() if f"{WAITING}{name}" in file}
    if not there:
        return None
    found = file.read_all({f"{WAITING}{name}": kind for name, kind in there.items()})
    rollout = Rollout(**{name.removeprefix(WAITING): array for name, array in found.items()})
    (n_steps, num_envs, num_cars), last = rollout.actions.shape, rollout.final_index
    decisions, of_cars = (n_steps, num_envs), (n_steps, num_envs, num_cars)
    fits = {
        "states": rollout.states.shape == (n_steps + 1, *shape),
        "terminated": rollout.terminated.shape == decisions,
        "truncated": rollout.truncated.shape == decisions,
        "final_states": rollout.final_states.shape == (len(last), shape[-1]),
        "final_index": last.shape[-1] == 2 and bool(((last >= 0) & (last < (n_steps + 1, num_envs))).all()),
        "weight": rollout.weight is None or rollout.weight.shape == of_cars,
        "log_probs": rollout.log_probs is None or rollout.log_probs.shape == of_cars,
    }
    if not all(fits.values()):
        wrong = next(name for name, is_right in fits.items() if not is_right)
        raise ValueError(f"{WAITING}{wrong} does not fit the episodes")
    return rollout
