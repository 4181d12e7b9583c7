"""Which fields of a row cost RocketSim 2 something, by what has to be read or counted for them: names alone.

A group of which nobody reads a field is not filled: its fields are as at the start of an episode.
"""

from jaxrl.game.layout import LAYOUT

# what follows from what is counted anyway
FREE = ("ticks_since_kickoff", "ball_touched", "ticks_until_respawn")

TOUCH = ("ball_velocity_before_touch", "ball_velocity_after_touch", "first_touch")
COUNTED = ("bumps", "bumped", "demolished", "small_pads", "large_pads")
BOOST = ("boost_used", "boost_gained")
PADS = ("pad_seconds",)
_OTHERS = {*FREE, *TOUCH, *COUNTED, *BOOST, *PADS}
CARS = tuple(field.name for field in LAYOUT.fields if field.since == 2 and field.name not in _OTHERS)

GROUPS = {"cars": CARS, "happenings": (*COUNTED, *BOOST), "pads": PADS, "touches": TOUCH}


def groups_of(fields: frozenset[str] | None) -> frozenset[str]:
    """The groups that hold some of `fields`; all for None."""
    return frozenset(name for name, group in GROUPS.items() if fields is None or fields & set(group))


def filled(fields: frozenset[str] | None) -> frozenset[str]:
    """All fields that RocketSim 2 fills where `fields` are read."""
    costly = {name for group in GROUPS.values() for name in group}
    asked = {name for group in groups_of(fields) for name in GROUPS[group]}
    return frozenset(field.name for field in LAYOUT.fields if field.name not in costly or field.name in asked)
