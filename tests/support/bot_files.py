"""The two files of a bot, changed as a stranger could change them."""

import json
from pathlib import Path

import numpy as np

from jaxrl.bots.description import digest
from jaxrl.bots.policy_files import DIGEST


def rewrite(folder: Path, **changes) -> None:
    """policy.npz with other arrays, None to leave one out."""
    with np.load(folder / "policy.npz") as file:
        arrays = {**file, **changes}
    np.savez(folder / "policy.npz", **{name: array for name, array in arrays.items() if array is not None})


def describe(folder: Path, **changes) -> None:
    """policy.json with other content, and the weights that belong to it."""
    path = folder / "policy.json"
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(content))
    rewrite(folder, **{DIGEST: np.frombuffer(digest(content), np.uint8)})
