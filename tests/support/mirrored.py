"""A match seen in a mirror, worked out apart from `jaxrl.game.observation.mirror`."""

import numpy as np

from jaxrl.game.field import PAD_PLACES
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS

POLAR = ("ball_position", "ball_velocity", "position", "forward", "up", "velocity", "surface_normal")
POLAR += ("ball_velocity_before_touch", "ball_velocity_after_touch")
AXIAL = ("ball_angular_velocity", "angular_velocity")


def mirrored(state):
    """The same match seen in a mirror that stands along the middle of the field from goal to goal."""
    fields = state._asdict()
    for names, signs in ((POLAR, [-1, 1, 1]), (AXIAL, [1, -1, -1])):
        for name in names:
            fields[name] = np.asarray(fields[name]) * signs
    places = list(PAD_PLACES)
    for name in ("pads", "pad_seconds"):
        fields[name] = np.asarray(fields[name])[..., [places.index((-x, y)) for x, y in places]]
    fields["flip_direction"] = np.asarray(state.flip_direction) * [1, -1]
    front_right, front_left, back_right, back_left = np.moveaxis(np.asarray(state.wheels_in_contact), -1, 0)
    fields["wheels_in_contact"] = np.stack([front_left, front_right, back_left, back_right], axis=-1)
    fields["previous_action"] = MIRRORED_ACTIONS[np.asarray(state.previous_action, int)]
    return state._replace(**fields)
