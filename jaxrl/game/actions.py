"""The 90 actions a bot chooses from, equal to RLGym's LookupTableAction, and every action that the world knows.

Columns: `CONTROLS`; throttle, steer, pitch, yaw, roll in -1..1; jump, boost, handbrake 0 or 1.

What is sent to arenas, stands in rows and is given to reward terms is a number of `EVERY_ACTION`, whose first 90 rows
are `ACTION_TABLE`. So bots with tables of their own (`jaxrl.game.action_space`) can meet: a number means the same
controls for all of them.
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

LEVELS = (-1.0, -0.5, 0.0, 0.5, 1.0)  # of throttle, steer, pitch, yaw and roll
_SHAPE = (len(LEVELS),) * 5 + (2,) * 3  # of the grid of all controls


def _every_action() -> np.ndarray:
    grid = np.array([*product(*[LEVELS] * 5, *[(0, 1)] * 3)], np.float32)
    return np.concatenate([ACTION_TABLE, grid])


def _places(controls: np.ndarray) -> np.ndarray:
    """Where controls `[..., 8]` are in the grid; raises ValueError for those that are not."""
    controls = np.asarray(controls, np.float32)
    steps = np.concatenate([(controls[..., :5] + 1) * (len(LEVELS) - 1) / 2, controls[..., 5:]], axis=-1)
    if not ((steps == np.round(steps)) & (steps >= 0) & (steps < np.array(_SHAPE))).all():
        raise ValueError(f"throttle, steer, pitch, yaw and roll are one of {LEVELS}, jump, boost and handbrake 0 or 1")
    digits = tuple(np.moveaxis(steps.astype(np.int32), -1, 0))
    return np.asarray(np.ravel_multi_index(digits, _SHAPE))


# [25090, 8] float32: the standard table, then the grid, where rows of the standard table come again and are not used
EVERY_ACTION = _every_action()
_NUMBERS = np.arange(NUM_ACTIONS, len(EVERY_ACTION), dtype=np.int32)
_NUMBERS[_places(ACTION_TABLE)] = np.arange(NUM_ACTIONS)


def number_of(controls: np.ndarray) -> np.ndarray:
    """`[...]` int32: the rows of `EVERY_ACTION` that are controls `[..., 8]`; raises ValueError if there are none."""
    return _NUMBERS[_places(controls)]


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
