"""The 90 actions a bot can choose from, equal to RLGym's LookupTableAction.

Columns: `CONTROLS`; throttle, steer, pitch, yaw, roll in -1..1; jump, boost, handbrake 0 or 1.
"""

from itertools import product

import numpy as np

NEUTRAL_ACTION = 8  # all controls zero
# the columns of the table, and the sign that each gets in the mirror (see jaxrl.game.observation.mirror)
CONTROL_SIGNS = dict(throttle=1, steer=-1, pitch=1, yaw=-1, roll=-1, jump=1, boost=1, handbrake=1)
CONTROLS = tuple(CONTROL_SIGNS)


def make_action_table() -> np.ndarray:
    """`[90, 8]` float32: 24 ways to drive, then 66 ways to jump and fly."""
    rows = []
    for throttle, steer, boost, handbrake in product((-1, 0, 1), (-1, 0, 1), (0, 1), (0, 1)):
        if boost and throttle != 1:
            continue
        rows.append((throttle, steer, 0, steer, 0, 0, boost, handbrake))
    for pitch, yaw, roll, jump, boost in product((-1, 0, 1), (-1, 0, 1), (-1, 0, 1), (0, 1), (0, 1)):
        if jump and yaw:  # a side flip needs only roll
            continue
        if pitch == roll == jump == 0:  # the same as driving
            continue
        handbrake = int(jump and (pitch != 0 or roll != 0))  # lets the bot wave-dash
        rows.append((boost, yaw, pitch, yaw, roll, jump, boost, handbrake))
    return np.array(rows, np.float32)


ACTION_TABLE = make_action_table()

NUM_ACTIONS = len(ACTION_TABLE)

# the controls whose combinations are one choice, as entropies are shown
CHOICES = {
    "drive": ("throttle", "steer", "handbrake"),
    "boost": ("boost",),
    "jump": ("jump",),
    "air": ("pitch", "yaw", "roll"),
}


def choices(table: np.ndarray) -> dict[str, np.ndarray]:
    """Which combination of the controls of each of CHOICES the rows of an action table `[A, 8]` are.

    `[A, K]` float32 each, one 1 in every row, for the K combinations that the table has.
    """
    found = {}
    for name, controls in CHOICES.items():
        columns = [CONTROLS.index(control) for control in controls]
        _, number = np.unique(table[:, columns], axis=0, return_inverse=True)
        found[name] = np.eye(number.max() + 1, dtype=np.float32)[number.ravel()]
    return found
