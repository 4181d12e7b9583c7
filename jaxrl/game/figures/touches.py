"""Figures of touches: how often, how hard, how high, and what comes of them."""

from jaxrl.game.arrays import length
from jaxrl.game.figures.block import Block
from jaxrl.game.figures.figure import a_minute, highest, mean
from jaxrl.game.state import Array

STRONG = 1000.0  # uu/s that the ball's velocity changes by
HIGH = 300.0  # uu; a car that jumps from the ground does not reach a ball above
PROGRESS_SECONDS = 1.0  # how long after a touch its effect is judged


def touches(block: Block) -> Array:
    """Touches."""
    return block.touch


@a_minute("touch")
def touches_per_minute(block: Block) -> Array:
    """Contacts with the ball after at least half a second without one."""
    return block.touch


@a_minute("touch")
def strong_touches_per_minute(block: Block) -> Array:
    """Touches in whose decision the ball's velocity changed by 1,000 uu/s or more."""
    change = length(block.next_state.ball_velocity - block.state.ball_velocity)
    return block.touch * block.number(block.of_arena(change) >= STRONG)


@a_minute("touch")
def aerial_touches_per_minute(block: Block) -> Array:
    """Touches by a car in the air of a ball whose center is above 300 uu."""
    return block.touch * (1 - block.next_state.on_ground) * block.number(_ball_height(block) > HIGH)


@mean("touch", "uu", touches)
def touch_height(block: Block) -> Array:
    """Height of the ball's center at touches; at rest it is 93."""
    return _ball_height(block)


@highest("touch", "uu", touches)
def highest_touch(block: Block) -> Array:
    """The highest of them, of all cars."""
    return _ball_height(block)


@mean("touch", "uu/s", touches)
def ball_speed_after_touch(block: Block) -> Array:
    """Speed of the ball at the end of the decision of a touch."""
    return block.of_arena(length(block.next_state.ball_velocity))


def touches_followed(block: Block) -> Array:
    """Touches whose effect is known: the block goes on for a second, or the episode ends before."""
    return block.touch * block.of_arena(_ball_later(block)[1])


@mean("touch", "uu", touches_followed)
def ball_progress_after_touch(block: Block) -> Array:
    """How far the ball came towards the opponents' goal line in the second after a touch, or until a goal in it."""
    gone = _ball_later(block)[0] - block.next_state.ball_position[..., 1]
    return block.of_arena(gone) * block.signs


def _ball_height(block: Block) -> Array:
    return block.of_arena(block.next_state.ball_position[..., 2])


def _ball_later(block: Block) -> tuple[Array, Array]:
    return block.later(block.next_state.ball_position[..., 1], PROGRESS_SECONDS)


FIGURES = (
    touches_per_minute,
    strong_touches_per_minute,
    aerial_touches_per_minute,
    touch_height,
    highest_touch,
    ball_speed_after_touch,
    ball_progress_after_touch,
)
