"""Figures of boost: what is in the tank, where it comes from and where it goes; a full tank is 100."""

from jaxrl.game.figures.block import Block
from jaxrl.game.figures.figure import a_minute, over_time, share
from jaxrl.game.state import Array

SMALL, LARGE = 12.0, 100.0  # what pads give
EMPTY = 1.0  # of 100: what is left is gone within 4 ticks


@over_time("boost", "0 to 100")
def boost_held(block: Block) -> Array:
    """What is in the tank."""
    return block.next_state.boost


@share("boost")
def tank_empty_share(block: Block) -> Array:
    """Less than 1 of 100 in the tank."""
    return block.number(block.next_state.boost < EMPTY)


@share("boost")
def boost_pressed_empty_share(block: Block) -> Array:
    """Boost pressed by a car that has less than 1 of 100 when it decides."""
    return block.pressed("boost") * block.number(block.state.boost < EMPTY)


@a_minute("boost")
def boost_gained_per_minute(block: Block) -> Array:
    """What pads gave, of 100."""
    return block.gained("boost_gained")


@a_minute("boost")
def boost_used_per_minute(block: Block) -> Array:
    """What was spent, of 100."""
    return block.gained("boost_used")


@a_minute("boost")
def boost_overfill_per_minute(block: Block) -> Array:
    """What pads would have given and the tank had no room for, of 100."""
    offered = SMALL * block.gained("small_pads") + LARGE * block.gained("large_pads")
    return block.xp.maximum(offered - block.gained("boost_gained"), 0)


@a_minute("boost")
def small_pads_per_minute(block: Block) -> Array:
    """Small pads taken."""
    return block.gained("small_pads")


@a_minute("boost")
def large_pads_per_minute(block: Block) -> Array:
    """Large pads taken."""
    return block.gained("large_pads")


FIGURES = (
    boost_held,
    tank_empty_share,
    boost_pressed_empty_share,
    boost_gained_per_minute,
    boost_used_per_minute,
    boost_overfill_per_minute,
    small_pads_per_minute,
    large_pads_per_minute,
)
