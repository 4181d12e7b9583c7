"""The description of a saved bot, `policy.json`: what the numbers in `policy.npz` mean."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

from jaxrl.errors import UserError
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.observation.view import View
from jaxrl.nets.layers import ACTIVATIONS

DESCRIPTION_FILE = "policy.json"
FORMAT = 1


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

    @property
    def view(self) -> View:
        """The options of its observation, as the game takes them."""
        return View(self.car_frame, self.mirror)


def read_description(folder: Path) -> Description:
    """Read `policy.json` in `folder`; raises UserError where it is missing, damaged or of another layout."""
    path = folder / DESCRIPTION_FILE
    try:
        description = Description(**json.loads(path.read_text(encoding="utf-8")))
        for name, kind in get_type_hints(Description).items():
            if type(value := getattr(description, name)) is not kind:
                raise TypeError(f"{name} is {value!r}, not {kind.__name__}")
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
