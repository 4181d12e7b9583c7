"""Where the fields of a row come from in the game, how well they agree with training, and what RLBot cannot tell.

The one list of it, of all fields that no built-in observation needs: the docs show it, and
`tests/deploy/rlbot/test_whole_state.py` holds every field to it, in matches of RocketSim told as RLBot tells them.
"""

from typing import NamedTuple

from jaxrl.game.layout import LAYOUT

DIRECT = "said by RLBot"
EXACT = 1e-3  # a difference that is rounding, in any unit


class Source(NamedTuple):
    """How a field is derived, and how often it is right.

    `share` is of the decisions in which the field is not 0, by training or by the bot, and for `COUNTS` of those in
    which it changes; a wrecked car's are left out where it keeps its last state. `lost` is for a bot that misses every
    second packet.
    """

    how: str
    tolerance: float = EXACT  # in the unit of the field
    share: float = 1.0
    tolerance_lost: float | None = None  # None: as `tolerance`
    share_lost: float | None = None  # None: as `share`

    def promise(self, lost: bool) -> tuple[float, float]:
        """(tolerance, share), `lost`: for a bot that misses every second packet."""
        if not lost:
            return self.tolerance, self.share
        tolerance = self.tolerance if self.tolerance_lost is None else self.tolerance_lost
        return tolerance, self.share if self.share_lost is None else self.share_lost


COUNTS = ("bumps", "bumped", "demolished", "small_pads", "large_pads")

TICK = 1.01 / 120  # s

SOURCES = {
    "pad_seconds": Source("RLBot's seconds since the pad was taken, and its size"),
    "ticks_since_kickoff": Source("frames counted while the ball is in play"),
    "ball_touched": Source("a car's latest touch is another than before"),
    "ball_velocity_before_touch": Source(
        "in the packet before the latest touch changed", 2.0, tolerance_lost=30.0, share_lost=0.95
    ),
    "ball_velocity_after_touch": Source("in the packet in which it changed", tolerance_lost=30.0, share_lost=0.9),
    "ticks_since_contact": Source("ticks since the decision in which the latest touch changed"),
    "demos": Source("RLBot's scoreboard"),
    "first_touch": Source("cars whose latest touch changed first in the decision", share_lost=0.9),
    "has_jumped": Source(DIRECT),
    "is_jumping": Source(DIRECT),
    "jump_time": Source("ticks counted while RLBot says so", tolerance_lost=TICK),
    "has_double_jumped": Source(DIRECT),
    "has_flipped": Source(DIRECT),
    "is_flipping": Source(DIRECT),
    "flip_time": Source(DIRECT),
    "flip_direction": Source(DIRECT),
    "air_time": Source("ticks counted since the wheels left the ground", 3 * TICK, 0.99, share_lost=0.98),
    "air_time_since_jump": Source("RLBot's time that is left for a flip; once it is over ticks are counted"),
    "wheels_in_contact": Source(
        "from where the car is, taken for an Octane, in the field's shape; in a goal all four or none", share=0.97
    ),
    "surface_normal": Source("from where the car is in the field's shape; on posts and in goals 0", 0.1, 0.7),
    "supersonic": Source(DIRECT),
    "handbrake": Source("follows the button as in RocketSim", 0.05, tolerance_lost=0.15, share_lost=0.99),
    "boosting": Source("the tank runs down; as a pad is taken, the button", share_lost=0.98),
    "ticks_until_respawn": Source(DIRECT, 8.0),  # training counts whole decisions
    "bumps": Source("RocketSim's rule, from where cars are and how they move", share=0.88, share_lost=0.82),
    "bumped": Source("likewise", share=0.88, share_lost=0.82),
    "demolished": Source("the car is gone"),
    "small_pads": Source("a pad went, and this car is there and has more boost than before"),
    "large_pads": Source("likewise"),
    # training's own count may miss what was used in the decision in which a pad fills the tank: 8 ticks are 2.2
    "boost_used": Source("the tank runs down", 2.5, 0.99),
    "boost_gained": Source("pads taken, and the room in the tank", 2.5, 0.99),
}

CANNOT_TELL = (
    "what happened before the bot joined: everything counts from its first packet, or from the next kickoff;",
    "when things happened between two packets that arrive: they count as if in the last tick, or as if nothing had;",
    "what other cars pressed as an action of the table: their `previous_action` is neutral;",
    "which wheels touch a post, the inside of a goal, the ball or another car, and what of it the body touches;",
    "bumps: RLBot has no word for them;",
    "where a wreck is: it keeps its last state, one tick older than in training;",
    "whether a ball that lies on a car touches it in every tick: a touch is what RLBot reports as the latest one.",
)


def markdown() -> str:
    """A Markdown table of all sources, and a list of what RLBot cannot tell, for the documentation."""
    units = {field.name: field.unit for field in LAYOUT.fields if field.unit in ("s", "ticks", "uu/s")}
    lines = ["| field | from | as in training | with every second packet lost |", "|---|---|---|---|"]
    for name, source in SOURCES.items():
        cells = (_words(*source.promise(lost), units.get(name, "")) for lost in (False, True))
        lines.append(f"| `{name}` | {source.how} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", "RLBot cannot tell:", "", *(f"- {text}" for text in CANNOT_TELL)])


def _words(tolerance: float, share: float, unit: str) -> str:
    often = "always" if share == 1 else f"{share:.0%}"
    return often if tolerance <= EXACT else f"{often}, to {tolerance:.2g} {unit}".rstrip()
