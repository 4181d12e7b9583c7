"""The running episodes in a checkpoint: the file of it that a resumed run plays again, and nobody else needs.

So its damage costs these episodes and nothing else.
"""

from pathlib import Path

import numpy as np

from jaxrl.bots.array_file import open_arrays
from jaxrl.checkpoints.files import EPISODES_FILE, has_intact
from jaxrl.errors import UserError
from jaxrl.sim.running import InProgress, RunningEpisodes

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


def write_episodes(folder: Path, running: InProgress) -> None:
    """Write the running episodes of a run into its checkpoint `folder`."""
    slots = np.array(running.final_state_slots, np.int64)
    np.savez(folder / EPISODES_FILE, **running.episodes._asdict(), **{SLOTS: slots})


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
            return InProgress(RunningEpisodes(**found), slots)
    except Exception as error:  # zipfile and numpy raise a dozen kinds for damaged files
        raise UserError(f"{path}: damaged ({error})") from error
