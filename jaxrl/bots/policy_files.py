"""A trained bot in a few lines, with JAX or with numpy alone.

    policy = load_policy("checkpoints/best")
    action = policy.act(state)

Every checkpoint holds the bot twice: in the Orbax tree, to continue training, and as `policy.npz` (weights,
statistics, test vectors) and `policy.json` (what they mean) for playing. This file reads only the latter two, without
pickle and, unless asked for, without JAX.
"""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np

from jaxrl.bots.description import DESCRIPTION_FILE, Description, read_description
from jaxrl.bots.policy import Policy
from jaxrl.errors import UserError
from jaxrl.game.state import row_size

WEIGHTS_FILE = "policy.npz"
TEST_TOLERANCE = 1e-3  # test vectors are in full precision, but perhaps of another device


def load_policy(folder: str | Path, backend: Literal["numpy", "jax"] = "numpy") -> Policy:
    """Load the policy in a checkpoint folder and verify it against the test vectors saved with it.

    Raises UserError where the files are missing, damaged, of another layout, or do not reproduce their test vectors.
    """
    folder = Path(folder)
    description = read_description(folder)
    try:
        with (folder / WEIGHTS_FILE).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for a damaged file
        raise UserError(f"{folder / WEIGHTS_FILE}: cannot be read ({type(error).__name__}: {error})") from error
    try:
        policy = Policy(description, arrays)
    except ValueError as error:
        raise UserError(f"{folder / WEIGHTS_FILE}: names of arrays do not fit together ({error})") from error
    _verify(policy, arrays, folder)
    if backend == "jax":
        import jax.numpy as jnp

        return Policy(description, {name: jnp.asarray(array) for name, array in arrays.items()})
    return policy


def policy_arrays(params: dict[str, Any], stats: Any) -> dict[str, np.ndarray]:
    """Select what a bot needs of the network's `params`, and of `stats`, which has mean and var `[D]`."""
    arrays = {
        name: np.asarray(leaf) for name, leaf in _flatten(params) if not name.startswith(("critic", "value_head"))
    }
    return arrays | {"obs_mean": np.asarray(stats.mean), "obs_var": np.asarray(stats.var)}


def write_policy(
    folder: Path, description: Description, params: dict[str, Any], stats: Any, tests: dict[str, Any]
) -> None:
    """Write both files of a bot; `params` and `stats` as in `policy_arrays`, `tests` are its test vectors by name."""
    arrays: dict[str, Any] = policy_arrays(params, stats)
    arrays |= {f"test_{name}": np.asarray(array) for name, array in tests.items()}
    with (folder / WEIGHTS_FILE).open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    text = json.dumps(description.__dict__, indent=2) + "\n"
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
    try:
        states, expected_obs, expected_logits = (arrays[f"test_{name}"] for name in ("states", "obs", "logits"))
        if states.shape[-1] != row_size(2 * policy.description.team_size):
            raise UserError(
                f"{folder}: its states have {states.shape[-1]} numbers: written by another version of jaxrl"
            )
        obs = policy.observe(states)
        logits = policy.logits(policy.normalize(obs))
        for name, found, expected in (("observation", obs, expected_obs), ("logits", logits, expected_logits)):
            if found.shape != expected.shape:
                raise ValueError(f"{found.shape} instead of {expected.shape}")
            error = float(np.abs(found - expected).max())
            if not error <= TEST_TOLERANCE * max(1.0, float(np.abs(expected).max())):
                raise UserError(
                    f"{folder}: {name} of its test vectors not reproduced (off by {error:.2g}): damaged, or written "
                    "by another version of jaxrl"
                )
    except (KeyError, IndexError, TypeError, ValueError) as error:  # also for test vectors that are empty
        raise UserError(f"{folder / WEIGHTS_FILE}: arrays are missing or have the wrong shape ({error})") from error
