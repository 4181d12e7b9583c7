"""The table of a raw state row: every field once, with all that is known of it. Everything else derives from it.

A row `[F]` float32 holds the arena's fields, then the fields of every car, blue cars first. A new field is one entry in
`State` below, and whoever writes rows fills it: `sim/rocketsim2/`, `native/src/`, `deploy/rlbot/`. Views,
packing, column numbers, the mirror, ONNX metadata, first states and the documentation derive from it. Vectors are in
RocketSim's world frame: orange defends +y, z is up.

New fields go to the end of the arena's or of the cars' fields, so that what bots observe stays in the first columns of
either, and rows of an earlier format only lack what came later (`Layout.upgrade`).
"""

from typing import Annotated, NamedTuple

from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.arrays import Array
from jaxrl.game.columns import Field, Kind, Layout
from jaxrl.game.field import NUM_PADS

LONG_AGO = 2.0**20  # ticks; "no contact yet in this episode", exact in float32 like every count of ticks below 2**24


def _arena(unit: str, meaning: str, size: int, kind: Kind = "scalar", seen: bool = True) -> Field:
    return Field(unit, meaning, size, kind, of_car=False, seen=seen)


def _vector(unit: str, meaning: str, kind: Kind = "vector") -> Field:
    return Field(unit, meaning, 3, kind)


# fields of format 2, which no bot observes yet


def _arena2(unit: str, meaning: str, size: int = 1, kind: Kind = "scalar") -> Field:
    return Field(unit, meaning, size, kind, of_car=False, first=0, seen=False, since=2)


def _car2(unit: str, meaning: str, size: int = 1, kind: Kind = "scalar", first: float | None = 0) -> Field:
    return Field(unit, meaning, size, kind, first=first, seen=False, since=2)


def _count(meaning: str, unit: str = "count") -> Field:
    return Field(unit, f"{meaning} in this episode", first=0, seen=False, since=2)


class State(NamedTuple):
    """Named views of rows `[..., F]`, float32: arena fields `[..., size]`, fields of C cars `[..., C, size]`.

    Fields of size 1 have no axis of their own: `[..., C]`. The score and the demolitions inflicted count from when
    the arena is made, so only differences mean something; all other counts begin at 0 in every episode.
    """

    score: Annotated[Array, _arena("goals", "of blue and orange since the arena was made", 2, seen=False)]
    ball_position: Annotated[Array, _arena("uu", "center of the ball", 3, "vector")]
    ball_velocity: Annotated[Array, _arena("uu/s", "velocity of the ball", 3, "vector")]
    ball_angular_velocity: Annotated[Array, _arena("rad/s", "spin of the ball", 3, "axis")]
    pads: Annotated[Array, _arena("0 or 1", "1 where the boost pad is active, in RocketSim's order", NUM_PADS, "pads")]
    pad_seconds: Annotated[Array, _arena2("s", "until each boost pad is back, 0 where it is active", NUM_PADS, "pads")]
    ticks_since_kickoff: Annotated[Array, _arena2("ticks", "since the kickoff, or another start of the episode")]
    ball_touched: Annotated[Array, _arena2("0 or 1", "some car has touched the ball since then")]
    ball_velocity_before_touch: Annotated[
        Array, _arena2("uu/s", "of the ball, before its first contact with a car in this decision; else 0", 3, "vector")
    ]
    ball_velocity_after_touch: Annotated[
        Array, _arena2("uu/s", "of the ball, after the tick of that contact; without contact 0", 3, "vector")
    ]
    position: Annotated[Array, _vector("uu", "center of the car")]
    forward: Annotated[Array, _vector("unit vector", "where the nose points")]
    up: Annotated[Array, _vector("unit vector", "where the roof points")]
    velocity: Annotated[Array, _vector("uu/s", "velocity of the car")]
    angular_velocity: Annotated[Array, _vector("rad/s", "rotation of the car", "axis")]
    boost: Annotated[Array, Field("0 to 100", "what is left in the tank")]
    on_ground: Annotated[Array, Field("0 or 1", "three wheels or more in contact")]
    has_flip_or_jump: Annotated[Array, Field("0 or 1", "the car can still jump or flip")]
    demoed: Annotated[Array, Field("0 or 1", "demolished, waiting to respawn")]
    ticks_since_contact: Annotated[
        Array, Field("ticks", "since the car touched the ball, 0 in this decision", first=LONG_AGO, seen=False)
    ]
    demos: Annotated[Array, Field("count", "demolitions inflicted since the arena was made", seen=False)]
    previous_action: Annotated[
        Array,
        Field(
            "number",
            "of the action that led here: row of `EVERY_ACTION`, whose first 90 are the standard table",
            kind="action",
            first=NEUTRAL_ACTION,
        ),
    ]
    first_touch: Annotated[Array, _car2("0 or 1", "this car made the first contact with the ball in this decision")]
    has_jumped: Annotated[Array, _car2("0 or 1", "the car jumped and has not landed since")]
    is_jumping: Annotated[Array, _car2("0 or 1", "the jump still pushes, as the button is held")]
    jump_time: Annotated[Array, _car2("s", "for how long the jump has pushed, 0 when it does not")]
    has_double_jumped: Annotated[Array, _car2("0 or 1", "the car double jumped and has not landed since")]
    has_flipped: Annotated[Array, _car2("0 or 1", "the car flipped and has not landed since")]
    is_flipping: Annotated[Array, _car2("0 or 1", "the flip still turns the car")]
    flip_time: Annotated[Array, _car2("s", "since the flip began, 0 unless has_flipped")]
    flip_direction: Annotated[
        Array, _car2("unit vector", "of the flip in the car's frame: ahead, right; 0 unless has_flipped", 2, "local")
    ]
    air_time: Annotated[Array, _car2("s", "since fewer than three wheels are in contact, 0 on the ground")]
    air_time_since_jump: Annotated[Array, _car2("s", "in the air since a jump stopped pushing, 0 without a jump")]
    wheels_in_contact: Annotated[
        Array, _car2("0 or 1", "of the wheels: front left, front right, back left, back right", 4, "wheels", None)
    ]
    surface_normal: Annotated[
        Array, _car2("unit vector", "of the surface that the body (not a wheel) touches, 0 if none", 3, "vector")
    ]
    supersonic: Annotated[Array, _car2("0 or 1", "fast enough to demolish", first=None)]
    handbrake: Annotated[Array, _car2("0 to 1", "how far the handbrake acts: it takes time to come and go")]
    boosting: Annotated[Array, _car2("0 or 1", "boost pushes the car")]
    ticks_until_respawn: Annotated[Array, _car2("ticks", "of a demolished car, else 0")]
    bumps: Annotated[Array, _count("bumps inflicted, demolitions not among them,")]
    bumped: Annotated[Array, _count("bumps suffered")]
    demolished: Annotated[Array, _count("demolitions suffered")]
    small_pads: Annotated[Array, _count("small boost pads taken")]
    large_pads: Annotated[Array, _count("large boost pads taken")]
    boost_used: Annotated[Array, _count("boost used", "0 to 100")]
    boost_gained: Annotated[Array, _count("boost that pads gave", "0 to 100")]


LAYOUT = Layout(State)
