"""The running episodes in a checkpoint: the file of it that a resumed run plays again, and nobody else needs."""

from pathlib import Path

import numpy as np

from jaxrl.bots.array_file import open_arrays
from jaxrl.errors import UserError
from jaxrl.sim.running import RunningEpisodes

EPISODES_FILE = "episodes.npz"

# type and number of axes of each array, which may be anybody's
KINDS: dict[str, tuple[type, int]] = {
    "seeds": (np.uint64, 1),
    "starts": (np.float32, 2),
    "lengths": (np.int64, 1),
    "actions": (np.uint8, 1),
    "rows": (np.float32, 2),
    "episode": (np.int64, 1),
    "started_as": (np.int64, 1),
    "broken_in_a_row": (np.int64, 1),
    "final_state_slots": (np.int64, 0),
}


def write_episodes(folder: Path, running: RunningEpisodes) -> None:
    """Write the running episodes of a run into its checkpoint `folder`."""
    np.savez(folder / EPISODES_FILE, **running._asdict())


def read_episodes(folder: Path) -> RunningEpisodes | None:
    """Read the running episodes of a checkpoint; None if it has none. Raises UserError if the file is damaged."""
    path = folder / EPISODES_FILE
    try:
        with open_arrays(path) as arrays:
            for name, (dtype, axes) in KINDS.items():
                if len(arrays.shape(name, dtype)) != axes:
                    raise ValueError(f"{name} has another number of axes")
            return RunningEpisodes(**{name: arrays.read(name) for name in KINDS})
    except FileNotFoundError:
        return None
    except Exception as error:  # zipfile and numpy raise a dozen kinds for damaged files
        raise UserError(f"{path}: damaged ({error})") from error
