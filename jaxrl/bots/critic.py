"""What a bot expected in training: its critic, `critic.npz` beside the bot in a checkpoint.

Whoever plays needs none of it, so it is not among the arrays of the bot, and a bot that was exported has none. Nor have
checkpoints of earlier versions.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxrl.bots.array_file import ArrayFile, open_arrays
from jaxrl.bots.policy import Policy, as_tree
from jaxrl.errors import UserError
from jaxrl.nets import layers

CRITIC_FILE = "critic.npz"
PARTS = HIDDEN, HEAD = "critic", "value_head"  # of the parameters, by their names in every checkpoint


class Critic:
    """The critic of a policy, with which it shares the statistics of observations, and the trunk if there is one."""

    def __init__(self, policy: Policy, arrays: Mapping[str, np.ndarray]) -> None:
        self._policy, self._tree = policy, as_tree(dict(arrays))
        self._num_layers = sum(name.startswith("Dense_") for name in self._tree.get(HIDDEN, {}))

    def values(self, states: np.ndarray) -> np.ndarray:
        """`[..., C]` float32: the discounted reward that each car expects in raw states `[..., F]`.

        In the unit of the rewards that the critic learnt from: with `normalization.returns` not that of the weights.
        """
        policy, description = self._policy, self._policy.description
        hidden = policy.trunk(policy.normalize(policy.observe(states)))
        own = self._tree.get(HIDDEN, {})
        hidden = layers.mlp(own, hidden, self._num_layers, description.activation, description.layer_norm)
        return layers.dense(self._tree[HEAD], hidden)[..., 0]


def critic_arrays(params: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Select the critic's arrays of the network's `params`, by names such as `critic/Dense_0/kernel`."""
    found = {}

    def walk(tree: Mapping[str, Any], path: str) -> None:
        for name, branch in tree.items():
            if isinstance(branch, Mapping):
                walk(branch, f"{path}{name}/")
            else:
                found[path + name] = np.asarray(branch)

    walk({part: params[part] for part in PARTS if part in params}, "")
    return found


def write_critic(folder: Path, params: Mapping[str, Any]) -> None:
    """Write the critic of the network's `params` into the folder of a checkpoint; raises OSError."""
    arrays: dict[str, Any] = critic_arrays(params)
    with (folder / CRITIC_FILE).open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_critic(folder: Path, policy: Policy) -> Critic | None:
    """Load the critic in a checkpoint; None where there is none.

    Raises UserError where it is damaged or goes with another policy.
    """
    path = folder / CRITIC_FILE
    if not path.exists():
        return None
    try:
        with open_arrays(path) as file:
            arrays = {name: _checked(file, name) for part in PARTS for name in file.names(f"{part}/")}
        critic = Critic(policy, arrays)
        with np.errstate(all="ignore"):  # whatever the numbers are, the shape tells
            values = critic.values(policy.arrays["test_states"])
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for a damaged file
        reason = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise UserError(f"{path}: cannot be read ({reason})") from error
    if values.shape != policy.arrays["test_logits"].shape[:-1]:
        raise UserError(f"{path}: is not the critic of this bot")
    return critic


def _checked(file: ArrayFile, name: str) -> np.ndarray:
    file.shape(name)
    return file.read(name)
