"""Figures of movement: where cars are, how fast, and how they jump and flip."""

from jaxrl.game import events
from jaxrl.game.arrays import length
from jaxrl.game.figures.block import Block
from jaxrl.game.figures.figure import a_minute, mean, over_time, share
from jaxrl.game.state import Array, State

LEVEL = 0.7  # z of the roof's direction: wheels on what is more level than 45 degrees stand on the ground
HIGH = 300.0  # uu
SUPERSONIC = 2200.0  # uu/s
STRAIGHT = 0.924  # cosine of 22.5 degrees: half of the eighth of all directions that counts as forwards


@share("place")
def ground_share(block: Block) -> Array:
    """Wheels on the ground (what is more level than 45 degrees)."""
    return _wheels_on(block) * block.number(block.next_state.up[..., 2] > LEVEL)


@share("place")
def wall_share(block: Block) -> Array:
    """Wheels on a wall or on the curves to it."""
    return _wheels_on(block) * block.number(abs(block.next_state.up[..., 2]) <= LEVEL)


@share("place")
def ceiling_share(block: Block) -> Array:
    """Wheels on the ceiling."""
    return _wheels_on(block) * block.number(block.next_state.up[..., 2] < -LEVEL)


@share("place")
def air_share(block: Block) -> Array:
    """Fewer than three wheels on anything: in the air, or on its roof or side."""
    return 1 - _wheels_on(block)


@share("place")
def high_share(block: Block) -> Array:
    """The car's center above 300 uu, in the air or on a wall."""
    return block.number(block.next_state.position[..., 2] > HIGH)


@over_time("speed", "uu/s")
def speed(block: Block) -> Array:
    """Speed of the car."""
    return block.speed


@share("speed")
def supersonic_share(block: Block) -> Array:
    """At 2,200 uu/s or more."""
    return block.number(block.speed >= SUPERSONIC)


@a_minute("jump")
def jumps_per_minute(block: Block) -> Array:
    """First jumps."""
    return block.number(_jump_began(block.state, block.next_state))


@a_minute("jump")
def double_jumps_per_minute(block: Block) -> Array:
    """Second jumps without a direction."""
    return block.number((block.next_state.has_double_jumped > 0) & (block.state.has_double_jumped == 0))


@a_minute("flip")
def forward_flips_per_minute(block: Block) -> Array:
    """Flips ahead, 22.5 degrees to either side."""
    return block.flip * block.number(_ahead(block) > STRAIGHT)


@a_minute("flip")
def backward_flips_per_minute(block: Block) -> Array:
    """Flips back, likewise."""
    return block.flip * block.number(_ahead(block) < -STRAIGHT)


@a_minute("flip")
def sideways_flips_per_minute(block: Block) -> Array:
    """Flips to the left and right, likewise."""
    return block.flip * _sideways(block)


@a_minute("flip")
def forward_diagonal_flips_per_minute(block: Block) -> Array:
    """Flips between ahead and the sides."""
    return _diagonal_flips(block) * block.number(_ahead(block) > 0)


@a_minute("flip")
def backward_diagonal_flips_per_minute(block: Block) -> Array:
    """Flips between back and the sides."""
    return _diagonal_flips(block) * block.number(_ahead(block) < 0)


def flips(block: Block) -> Array:
    """Flips that began."""
    return block.flip


@mean("flip", "uu/s", flips)
def flip_speed_gain(block: Block) -> Array:
    """How much faster the car is at the end of the decision in which a flip began than at its beginning."""
    return block.speed - length(block.state.velocity)


@a_minute("flip")
def wavedashes_per_minute(block: Block) -> Array:
    """Landings on the wheels while a flip still turned the car."""
    return block.number(events.wavedash(block.state, block.next_state, block.actions))


@a_minute("flip")
def flip_resets_per_minute(block: Block) -> Array:
    """Flips given back by the wheels on the ball, high above the ground."""
    return block.number(events.flip_reset(block.state, block.next_state))


def _wheels_on(block: Block) -> Array:
    return block.next_state.on_ground


def _ahead(block: Block) -> Array:
    return block.next_state.flip_direction[..., 0]


def _sideways(block: Block) -> Array:
    return block.number(abs(block.next_state.flip_direction[..., 1]) > STRAIGHT)


def _diagonal_flips(block: Block) -> Array:
    straight = block.number(abs(_ahead(block)) > STRAIGHT) + _sideways(block)
    return block.flip * (1 - straight)


def _jump_began(state: State, next_state: State) -> Array:
    again = (next_state.is_jumping > 0) & (next_state.jump_time < state.jump_time)
    return (next_state.has_jumped > 0) & ((state.has_jumped == 0) | again)


FIGURES = (
    ground_share,
    wall_share,
    ceiling_share,
    air_share,
    high_share,
    speed,
    supersonic_share,
    jumps_per_minute,
    double_jumps_per_minute,
    forward_flips_per_minute,
    backward_flips_per_minute,
    sideways_flips_per_minute,
    forward_diagonal_flips_per_minute,
    backward_diagonal_flips_per_minute,
    flip_speed_gain,
    wavedashes_per_minute,
    flip_resets_per_minute,
)
