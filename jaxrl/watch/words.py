"""Actions in words, as a driver would say them."""

import numpy as np

from jaxrl.game.actions import CONTROLS, EVERY_ACTION

SIDES = {
    "throttle": ("reverse", "forward"),
    "steer": ("left", "right"),
    "yaw": ("yaw left", "yaw right"),
    "pitch": ("nose down", "nose up"),
    "roll": ("roll left", "roll right"),
}


def words(action: int) -> str:
    """What an action of `EVERY_ACTION` presses: "boost, left", "jump, nose down"; "nothing" if nothing.

    Steering is not said again as yaw where both are the same, nor throttle where the car boosts.
    """
    pressed = dict(zip(CONTROLS, EVERY_ACTION[action].tolist(), strict=True))
    said = [name for name in ("jump", "boost") if pressed[name]]
    for name, (low, high) in SIDES.items():
        value = pressed[name]
        known = (name == "yaw" and value == pressed["steer"]) or (name == "throttle" and value == pressed["boost"])
        if value and not known:
            said.append(("half " if abs(value) < 1 else "") + (high if value > 0 else low))
    if pressed["handbrake"]:
        said.append("handbrake")
    return ", ".join(said) or "nothing"


def in_words(actions: np.ndarray) -> dict[str, str]:
    """The words of every action among `actions` `[...]` int, by its number."""
    return {str(action): words(action) for action in np.unique(actions).tolist()}
