"""A trained bot in a few lines, with JAX or with numpy alone.

    policy = load_policy("checkpoints/best")
    action = policy.act(state)

Every checkpoint holds the bot twice: in the Orbax tree, to continue training, and as `policy.npz` (weights,
statistics, test vectors) and `policy.json` (what they mean) for playing. This file reads only the latter two, without
pickle and, unless asked for, without JAX.
"""

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from jaxrl.bots.array_file import ArrayFile, open_arrays
from jaxrl.bots.backend import Backend, for_backend
from jaxrl.bots.description import DESCRIPTION_FILE, Description, digest, read_with_digest
from jaxrl.bots.policy import Policy
from jaxrl.bots.shapes import ACTIONS, expected_shapes
from jaxrl.errors import UserError
from jaxrl.game.action_space import STANDARD_ACTIONS, ActionSpace, mistake
from jaxrl.game.layout import LAYOUT

WEIGHTS_FILE = "policy.npz"
DIGEST = "test_description"  # of policy.json, uint8 [32]: no other description goes with these weights
TEST_TOLERANCE = 1e-3  # test vectors are in full precision, but perhaps of another device


def load_policy(folder: str | Path, backend: Backend = "numpy") -> Policy:
    """Load the policy in a checkpoint folder and verify it against the test vectors saved with it.

    Raises UserError where the files are missing, damaged, of another layout, or do not reproduce their test vectors.
    """
    folder = Path(folder)
    description, content_digest = read_with_digest(folder)
    try:
        with open_arrays(folder / WEIGHTS_FILE) as file:
            arrays = _read(file, description, content_digest)
    except UserError as error:
        raise UserError(f"{folder / WEIGHTS_FILE}: {error}") from error
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for a damaged file
        reason = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise UserError(f"{folder / WEIGHTS_FILE}: cannot be read ({reason})") from error
    actions = ActionSpace(arrays.pop(ACTIONS)) if description.own_actions else STANDARD_ACTIONS
    policy = Policy(description, arrays, actions)
    _verify(policy, arrays, folder)
    return policy if backend == "numpy" else Policy(description, for_backend(arrays, backend), actions)


def _read(file: ArrayFile, description: Description, content_digest: bytes) -> dict[str, np.ndarray]:
    """Read the arrays of a bot once all of them are known to be as described; raises UserError if they are not."""
    if DIGEST in file:  # bots of earlier versions have none
        file.shape(DIGEST, np.uint8)
        if file.read(DIGEST).tobytes() != content_digest:
            raise UserError(f"belongs to another {DESCRIPTION_FILE} than the one beside it, or that one is damaged")
    try:
        shapes = dict(expected_shapes(description, file.shape))
        for name, shape in shapes.items():
            if (found := file.shape(name)) != shape:
                version = ", of another version of jaxrl" if name == "test_states" else ""
                raise UserError(f"{name} has the shape {list(found)}, not {list(shape)}{version}")
    except KeyError as error:
        raise UserError(f"arrays are missing: {error}") from error
    arrays = {name: file.read(name) for name in shapes}
    # a bot of an earlier row format observes the same fields, wherever they are by now
    if description.own_actions and (wrong := mistake(arrays[ACTIONS], description.mirror)) is not None:
        raise UserError(f"{ACTIONS}: {wrong}")
    return arrays | {"test_states": LAYOUT.upgrade(arrays["test_states"], 2 * description.team_size)}


def identity(policy: Policy) -> str:
    """What a bot is, whatever its folder is called and whichever version reads it: 64 hexadecimal digits.

    SHA-256 of its weights and of what differs from the defaults in its description.
    """
    found = hashlib.sha256()
    for field in sorted(fields(Description), key=lambda field: field.name):
        value = getattr(policy.description, field.name)
        if field.name != "jaxrl" and value != field.default:
            found.update(f"{field.name}={value!r};".encode())
    arrays = {name: array for name, array in policy.arrays.items() if not name.startswith("test_")}
    if policy.description.own_actions:
        arrays[ACTIONS] = policy.actions.table
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name}{array.dtype.str}{array.shape};".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def policy_arrays(params: dict[str, Any], stats: Any) -> dict[str, np.ndarray]:
    """Select what a bot needs of the network's `params`, and of `stats`, which has mean and var `[D]`."""
    arrays = {
        name: np.asarray(leaf) for name, leaf in _flatten(params) if not name.startswith(("critic", "value_head"))
    }
    return arrays | {"obs_mean": np.asarray(stats.mean), "obs_var": np.asarray(stats.var)}


def write_policy(
    folder: Path,
    description: Description,
    params: dict[str, Any],
    stats: Any,
    tests: dict[str, Any],
    actions: ActionSpace = STANDARD_ACTIONS,
) -> None:
    """Write both files of a bot; `params` and `stats` as in `policy_arrays`, `tests` are its test vectors by name."""
    arrays: dict[str, Any] = policy_arrays(params, stats)
    if not actions.is_standard:
        arrays[ACTIONS] = actions.table
    arrays |= {f"test_{name}": np.asarray(array) for name, array in tests.items()}
    content = asdict(description)
    arrays[DIGEST] = np.frombuffer(digest(content), np.uint8)
    with (folder / WEIGHTS_FILE).open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    text = json.dumps(content, indent=2) + "\n"
    (folder / DESCRIPTION_FILE).write_text(text, encoding="utf-8")


def _flatten(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """List the leaves of nested dicts with their paths, such as `actor/Dense_0/kernel`."""
    leaves = []
    for name, value in tree.items():
        leaves += _flatten(value, f"{prefix}{name}/") if isinstance(value, dict) else [(prefix + name, value)]
    return leaves


@np.errstate(all="ignore")  # what is not finite is no warning but a difference
def _verify(policy: Policy, arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Recompute the test vectors, state -> observation -> logits; raises UserError where they differ."""
    states, expected_obs, expected_logits = (arrays[f"test_{name}"] for name in ("states", "obs", "logits"))
    with np.errstate(all="ignore"):  # whatever the numbers are, the comparison tells
        obs = policy.observe(states)
        logits = policy.logits(policy.normalize(obs))
        for name, found, expected in (("observation", obs, expected_obs), ("logits", logits, expected_logits)):
            error = float(np.abs(found - expected).max())
            if not error <= TEST_TOLERANCE * max(1.0, float(np.abs(expected).max())):
                raise UserError(
                    f"{folder}: {name} of its test vectors not reproduced (off by {error:.2g}): damaged, or written "
                    "by another version of jaxrl"
                )
