"""Both engines fill one row: the same manoeuvres in both, compared field by field at every decision.

What differs is what `docs/physics.md` says of the versions: wheels let go of the ground one tick later in RocketSim 3
and are back within two, small pads are taken a few ticks earlier there, the first tick of boost costs nothing and each
other 0.1% less.
"""

from typing import NamedTuple

import numpy as np
import pytest
from support.engines import needs_rocketsim3
from support.manoeuvres import ALIKE, play

from jaxrl.game.layout import LAYOUT

pytestmark = needs_rocketsim3
TICK = 1 / 120
NAMES = [manoeuvre.name for manoeuvre in ALIKE]


class Within(NamedTuple):
    """How close a number of one engine is to the range of those that the other has `ticks` before to `ticks` after."""

    amount: float
    ticks: int = 0
    more: float = 0  # for every further tick of a decision

    def of(self, tick_skip):
        """The amount, and the decisions, where decisions are that long."""
        return self.amount + self.more * (tick_skip - 1), -(-self.ticks // tick_skip)


TAKE_OFF, LANDING, SMALL_PAD = 1, 3, 3  # ticks between the engines
EXACT, CLOCK = Within(0), Within((LANDING + 0.1) * TICK, LANDING, TICK)
TOLERANCES = {
    "score": EXACT,
    "ball_position": Within(1.5),
    "ball_velocity": Within(4),
    "ball_angular_velocity": Within(0.04),
    "pads": Within(0, SMALL_PAD),
    "pad_seconds": Within((SMALL_PAD + 1.1) * TICK, SMALL_PAD),
    "ticks_since_kickoff": EXACT,
    "ball_touched": EXACT,
    "ball_velocity_before_touch": Within(4),
    "ball_velocity_after_touch": Within(4),
    "position": Within(20),
    "forward": Within(0.06, LANDING),
    "up": Within(0.06, LANDING),
    "velocity": Within(60, TAKE_OFF),
    "angular_velocity": Within(1.2, LANDING),
    "boost": Within(1.4, SMALL_PAD),  # a tick takes 0.28
    "on_ground": Within(0, LANDING),
    "has_flip_or_jump": Within(0, LANDING),
    "demoed": EXACT,
    "ticks_since_contact": EXACT,
    "demos": EXACT,
    "previous_action": EXACT,
    "first_touch": EXACT,
    "has_jumped": Within(0, LANDING),
    "is_jumping": EXACT,
    "jump_time": Within(1e-6),
    "has_double_jumped": Within(0, LANDING),
    "has_flipped": Within(0, LANDING),
    "is_flipping": EXACT,
    "flip_time": CLOCK,
    "flip_direction": Within(1e-6, LANDING),
    "air_time": CLOCK,
    "air_time_since_jump": CLOCK,
    "wheels_in_contact": Within(0, LANDING),
    "surface_normal": Within(1e-6),
    "supersonic": EXACT,
    "handbrake": Within(1e-5),
    "boosting": Within(0, SMALL_PAD),
    # RocketSim 2 respawns before a tick, 3 after it, and only 3 within a decision
    "ticks_until_respawn": Within(1, more=1),
    "bumps": EXACT,
    "bumped": EXACT,
    "demolished": EXACT,
    "small_pads": Within(0, SMALL_PAD),
    "large_pads": EXACT,
    "boost_used": Within(0.6, SMALL_PAD),
    "boost_gained": Within(1e-3, SMALL_PAD),
}
# RocketSim 2 keeps a demolished car as it was, 3 as the collision leaves it; and where it respawns is left to chance
UNLIKE_ONCE_DEMOLISHED = ("position", "forward", "up", "velocity", "angular_velocity")


@pytest.fixture(scope="module")
def played():
    """Of both engines: all manoeuvres tick by tick, and in decisions as they are trained with."""
    return {
        skip: [play(engine, skip, delay) for engine in ("rocketsim2", "rocketsim3")] for skip, delay in ((1, 0), (8, 1))
    }


@pytest.mark.parametrize("skip", [1, 8])
@pytest.mark.parametrize("number", range(len(ALIKE)), ids=NAMES)
def test_every_field(played, number, skip):
    two, three = (engine.of(number) for engine in played[skip])
    was_demolished = np.maximum.accumulate(three.demoed, axis=0) > 0
    differences = {}
    for field, a, b in zip(LAYOUT.fields, two, three, strict=True):
        amount, decisions = TOLERANCES[field.name].of(skip)
        difference = apart(a, b, decisions)
        if field.name in UNLIKE_ONCE_DEMOLISHED:
            difference[was_demolished] = 0
        if difference.max() > amount:
            differences[field.name] = difference.max()
    assert not differences


@pytest.mark.parametrize("skip", [1, 8])
def test_flags_and_counts_end_alike(played, skip):
    """Later by some ticks, but not missed."""
    for number, name in enumerate(NAMES):
        two, three = (engine.of(number) for engine in played[skip])
        for field, a, b in zip(LAYOUT.fields, two, three, strict=True):
            if TOLERANCES[field.name].amount == 0:
                np.testing.assert_array_equal(a[-1], b[-1], err_msg=f"{field.name} after {name}")


def test_every_field_changes_in_some_manoeuvre(played):
    """Or nothing was compared."""
    for engine in played[1]:
        states = [engine.of(number) for number in range(len(ALIKE))]
        for k, field in enumerate(LAYOUT.fields):
            assert any(np.ptp(state[k], axis=0).any() for state in states), field.name


def apart(a, b, shift):
    """How far each number is from the range of what the other engine has within `shift` decisions."""
    return np.maximum(outside(a, b, shift), outside(b, a, shift))


def outside(a, b, shift):
    times, last = np.arange(len(a)), len(a) - 1
    near = [b[np.clip(times + k, 0, last)] for k in range(-shift, shift + 1)]
    return np.maximum(np.maximum(np.min(near, axis=0) - a, a - np.max(near, axis=0)), 0)
