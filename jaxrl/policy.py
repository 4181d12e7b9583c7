"""A trained bot in a few lines, with JAX or with numpy alone.

    policy = load_policy("checkpoints/best")
    action = policy.act(state)

Every checkpoint holds the bot twice: in the Orbax tree for going on with training, and as `policy.npz` (weights,
statistics, test vectors) and `policy.json` (what they mean) for playing. This file reads only the latter two, without
pickle and, unless asked for, without JAX.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from jaxrl.errors import UserError
from jaxrl.game.actions import ACTION_TABLE, NUM_ACTIONS, sample
from jaxrl.game.state import Array, namespace, row_size
from jaxrl.game.view import View

WEIGHTS_FILE, DESCRIPTION_FILE = "policy.npz", "policy.json"
FORMAT = 1
VARIANCE_EPSILON = 1e-8  # as in jaxrl.normalize
LAYER_NORM_EPSILON = 1e-6  # as in flax.linen.LayerNorm
TEST_TOLERANCE = 1e-3  # test vectors may have been computed with TF32 off, but on another device

ACTIVATIONS: dict[str, Callable[[ModuleType, Array], Array]] = {
    "relu": lambda xp, x: xp.maximum(x, 0),
    "tanh": lambda xp, x: xp.tanh(x),
    "silu": lambda xp, x: x / (1 + xp.exp(-x)),
    # the tanh form, which is Flax's default
    "gelu": lambda xp, x: 0.5 * x * (1 + xp.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))),
}


@dataclass(frozen=True)
class Description:
    """What the numbers in `policy.npz` mean; the content of `policy.json`."""

    format: int
    jaxrl: str  # version that wrote it
    env_steps: int
    team_size: int
    tick_skip: int  # ticks (1/120 s) a decision
    action_delay_ticks: int
    obs_size: int
    num_actions: int
    activation: str
    layer_norm: bool
    trunk_layers: int
    actor_layers: int
    normalize_observations: bool
    clip_observations: float  # standard deviations
    car_frame: bool = False  # see jaxrl.game.view
    mirror: bool = False

    @property
    def view(self) -> View:
        """What the network gets to see."""
        return View(self.car_frame, self.mirror)


class Policy:
    """The policy of a checkpoint, for C cars. States are raw rows `[..., F]` float32, see `jaxrl.game.state`.

    With numpy in, numpy comes out; the JAX backend takes and gives JAX arrays and can be used inside `jax.jit`.
    """

    def __init__(self, description: Description, arrays: dict[str, Array]) -> None:
        self.description = description
        self.arrays = arrays

    def observe(self, state: Array) -> Array:
        """What every car sees in raw states `[..., F]`: `[..., C, D]`, not normalised yet."""
        return self.description.view.observe(state)

    def normalize(self, obs: Array) -> Array:
        """Observations `[..., D]` by the running statistics of training, clipped as in training."""
        if not self.description.normalize_observations:
            return obs
        scale = (self.arrays["obs_var"] + VARIANCE_EPSILON) ** 0.5
        clip = self.description.clip_observations
        return ((obs - self.arrays["obs_mean"]) / scale).clip(-clip, clip)

    def logits(self, obs: Array) -> Array:
        """Logits `[..., 90]` of normalised observations `[..., D]`; with `mirror` of actions as the car sees them."""
        hidden = self._mlp("trunk", self.description.trunk_layers, obs)
        hidden = self._mlp("actor", self.description.actor_layers, hidden)
        return self._dense("logits_head", hidden)

    def act(self, state: Array, uniforms: Array | None = None) -> Array:
        """Actions `[..., C]` int32 of all cars in raw states `[..., F]`, one or many.

        Greedy; with `uniforms` `[..., C]` in [0, 1) sampled from the policy, as in training.
        """
        logits = self.logits(self.normalize(self.observe(state)))
        chosen = logits.argmax(-1).astype(np.int32) if uniforms is None else sample(logits, uniforms)
        return self.description.view.translate(state, chosen)

    def controls(self, actions: Array) -> Array:
        """Controls `[..., 8]` of actions `[...]`: throttle, steer, pitch, yaw, roll, jump, boost, handbrake."""
        return namespace(actions).asarray(ACTION_TABLE)[actions]

    def _mlp(self, name: str, layers: int, x: Array) -> Array:
        activation = ACTIVATIONS[self.description.activation]
        for i in range(layers):
            x = self._dense(f"{name}/Dense_{i}", x)
            if self.description.layer_norm:
                x = self._layer_norm(f"{name}/LayerNorm_{i}", x)
            x = activation(namespace(x), x)
        return x

    def _dense(self, name: str, x: Array) -> Array:
        return x @ self.arrays[f"{name}/kernel"] + self.arrays[f"{name}/bias"]

    def _layer_norm(self, name: str, x: Array) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred**2).mean(-1, keepdims=True)
        scaled = centred / (variance + LAYER_NORM_EPSILON) ** 0.5
        return scaled * self.arrays[f"{name}/scale"] + self.arrays[f"{name}/bias"]


def load_policy(folder: str | Path, backend: Literal["numpy", "jax"] = "numpy") -> Policy:
    """The policy in a checkpoint folder, verified against the test vectors that were saved with it.

    Raises UserError where the files are missing, damaged, of another layout, or do not reproduce their test vectors.
    """
    folder = Path(folder)
    description = read_description(folder)
    try:
        with (folder / WEIGHTS_FILE).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for a damaged file
        raise UserError(f"{folder / WEIGHTS_FILE}: cannot be read ({type(error).__name__}: {error})") from error
    policy = Policy(description, arrays)
    _verify(policy, arrays, folder)
    if backend == "jax":
        import jax.numpy as jnp

        return Policy(description, {name: jnp.asarray(array) for name, array in arrays.items()})
    return policy


def read_description(folder: Path) -> Description:
    """The content of `policy.json`; raises UserError where it is missing, damaged or of another layout."""
    path = folder / DESCRIPTION_FILE
    try:
        description = Description(**json.loads(path.read_text(encoding="utf-8")))
        for field in fields(description):
            if type(value := getattr(description, field.name)) is not field.type:
                raise TypeError(f"{field.name} is {value!r}, not {field.type.__name__}")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); is {folder} a checkpoint?") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{path}: not a description of a policy ({error})") from error
    if description.activation not in ACTIVATIONS:
        raise UserError(f"{path}: activation is {description.activation!r}, not one of {', '.join(ACTIVATIONS)}")
    expected = dict(format=FORMAT, obs_size=description.view.size(2 * description.team_size), num_actions=NUM_ACTIONS)
    for name, value in expected.items():
        if (found := getattr(description, name)) != value:
            raise UserError(f"{path}: {name} is {found}, but this version of jaxrl has {value}")
    return description


def policy_arrays(params: dict[str, Any], stats: Any) -> dict[str, np.ndarray]:
    """What a bot needs of the network's `params`, and of `stats`, which has mean and var `[D]`."""
    arrays = {
        name: np.asarray(leaf) for name, leaf in _flatten(params) if not name.startswith(("critic", "value_head"))
    }
    return arrays | {"obs_mean": np.asarray(stats.mean), "obs_var": np.asarray(stats.var)}


def write_policy(folder: Path, description: Description, params: dict[str, Any], stats: Any, tests: dict) -> None:
    """Writes both files, see `policy_arrays`; `tests` is {name: array}."""
    arrays = policy_arrays(params, stats)
    arrays |= {f"test_{name}": np.asarray(array) for name, array in tests.items()}
    with (folder / WEIGHTS_FILE).open("wb") as file:
        np.savez(file, **arrays)
    text = json.dumps(description.__dict__, indent=2) + "\n"
    (folder / DESCRIPTION_FILE).write_text(text, encoding="utf-8")


def _flatten(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Leaves of nested dicts with their paths, `actor/Dense_0/kernel`."""
    leaves = []
    for name, value in tree.items():
        leaves += _flatten(value, f"{prefix}{name}/") if isinstance(value, dict) else [(prefix + name, value)]
    return leaves


def _verify(policy: Policy, arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Recomputes the test vectors: state -> observation -> logits."""
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
