"""The description of a saved bot, `policy.json`: what the numbers in `policy.npz` mean."""

import hashlib
import json
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from jaxrl.errors import UserError
from jaxrl.files import read_regular
from jaxrl.game.action_space import MAX_ACTIONS
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.observation.view import View
from jaxrl.game.physics import PHYSICS, Physics
from jaxrl.nets.layers import ACTIVATIONS

DESCRIPTION_FILE = "policy.json"
FORMAT = 1
MAX_BYTES = 100_000

# The least and the greatest value of numbers, as in jaxrl.config.schema: a bot cannot have been trained beyond them.
BOUNDS = {
    "env_steps": (0, 2**63 - 1),
    "team_size": (1, 3),
    "tick_skip": (1, 120),
    "action_delay_ticks": (0, 120),
    "trunk_layers": (0, 16),
    "actor_layers": (0, 16),
    "num_actions": (2, MAX_ACTIONS),
    "clip_observations": (sys.float_info.min, sys.float_info.max),
}


@dataclass(frozen=True)
class Description:
    """The content of `policy.json`: the meaning of the numbers in `policy.npz`."""

    format: int
    jaxrl: str  # version that wrote it
    env_steps: int
    team_size: int
    tick_skip: int  # ticks (1/120 s) per decision
    action_delay_ticks: int
    obs_size: int
    num_actions: int
    activation: str
    layer_norm: bool
    trunk_layers: int
    actor_layers: int
    normalize_observations: bool
    clip_observations: float  # standard deviations
    car_frame: bool = False  # see jaxrl.game.observation.view
    mirror: bool = False
    physics: str = "rocketsim2"  # that trained it; it plays in any
    action_masks: bool = False  # see jaxrl.game.masks
    other_frames: bool = False  # these and the next ones likewise of the view
    timers: bool = False
    contacts: bool = False
    touches: bool = False
    pad_timers: bool = False
    near_pads: bool = False
    ball_path: bool = False
    standard: bool = True
    custom: str = ""
    own_actions: bool = False  # num_actions rows of a table that is among the arrays

    @property
    def view(self) -> View:
        """The options of its observation, as the game takes them."""
        return View(**{field.name: getattr(self, field.name) for field in fields(View)})

    @property
    def mask_ticks(self) -> int | None:
        """For how long an action may act (ticks), if those that do nothing in it are masked; else None."""
        return self.tick_skip + self.action_delay_ticks if self.action_masks else None

    @property
    def trained_in(self) -> Physics:
        """The physics that trained it, by its checked name."""
        return next(name for name in PHYSICS if name == self.physics)


def read_description(folder: Path) -> Description:
    """Read `policy.json` in `folder`; raises UserError where it is missing, damaged or of another layout."""
    return read_with_digest(folder)[0]


def read_with_digest(folder: Path) -> tuple[Description, bytes]:
    """As `read_description`, and the `digest` of what was read."""
    path = folder / DESCRIPTION_FILE
    try:
        content = json.loads(read_regular(path, MAX_BYTES).decode("utf-8"))
        description = Description(**content)
        for name, kind in get_type_hints(Description).items():
            if type(value := getattr(description, name)) is not kind:
                raise TypeError(f"{name} is {_short(value)}, not {kind.__name__}")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); is {folder} a checkpoint?") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{path}: not a description of a policy ({_short(error)})") from error
    _check(description, path)
    return description, digest(content)


def digest(content: dict[str, Any]) -> bytes:
    """SHA-256 of the content of `policy.json`, however it is laid out in the file."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def _check(description: Description, path: Path) -> None:
    """Check that this version of jaxrl plays such a bot; raises UserError."""
    for name, (low, high) in BOUNDS.items():
        if not low <= (value := getattr(description, name)) <= high:
            raise UserError(f"{path}: {name} is {_short(value)}, not from {low} to {high}")
    if description.action_delay_ticks > description.tick_skip:
        delay, skip = description.action_delay_ticks, description.tick_skip
        raise UserError(f"{path}: action_delay_ticks is {delay}, more than tick_skip, which is {skip}")
    if description.activation not in ACTIVATIONS:
        activation = _short(description.activation)
        raise UserError(f"{path}: activation is {activation}, not one of {', '.join(ACTIVATIONS)}")
    if description.physics not in PHYSICS:
        raise UserError(f"{path}: physics is {_short(description.physics)}, not one of {', '.join(PHYSICS)}")
    try:
        obs_size = description.view.size(2 * description.team_size)
    except UserError as error:  # of an observation of its own
        raise UserError(f"{path}: {error}") from error
    num_actions = description.num_actions if description.own_actions else NUM_ACTIONS
    expected = dict(format=FORMAT, obs_size=obs_size, num_actions=num_actions)
    for name, value in expected.items():
        if (found := getattr(description, name)) != value:
            raise UserError(f"{path}: {name} is {_short(found)}, but this version of jaxrl has {value}")


def _short(value: object) -> str:
    """A value as in Python, or an error's message, in a few words."""
    text = str(value) if isinstance(value, Exception) else repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
