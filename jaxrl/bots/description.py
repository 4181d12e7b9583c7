"""What the numbers of a saved bot mean: the content of `policy.json`."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from jaxrl.errors import UserError
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.observation.view import View
from jaxrl.nets.layers import ACTIVATIONS

DESCRIPTION_FILE = "policy.json"
FORMAT = 1


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


def read_description(folder: Path) -> Description:
    """The content of `policy.json`; raises UserError where it is missing, damaged or of another layout."""
    path = folder / DESCRIPTION_FILE
    try:
        description = Description(**json.loads(path.read_text(encoding="utf-8")))
        for field in fields(description):
            if type(value := getattr(description, field.name)) is not field.type:
                raise TypeError(f"{field.name} is {value!r}, not {getattr(field.type, '__name__', field.type)}")
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
