"""Figures of play against each other: positions, kickoffs, goals and what leads to them."""

from jaxrl.game import events
from jaxrl.game.arrays import length
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.figures.block import Block
from jaxrl.game.figures.figure import a_minute, mean, share
from jaxrl.game.state import Array

AT_REST = 1.0  # uu from the middle, and uu/s, of a ball at a kickoff


@share("position")
def goal_side_share(block: Block) -> Array:
    """The car nearer to its own goal line than the ball is."""
    ahead = block.next_state.ball_position[..., None, 1] - block.next_state.position[..., 1]
    return block.number(ahead * block.signs > 0)


@share("position")
def possession_share(block: Block) -> Array:
    """A car of this team touched the ball last; neither's before the first touch or where both touch at once."""
    return block.number(events.team_had_ball(block.next_state))


def kickoffs(block: Block) -> Array:
    """Kickoffs whose first touch was in this decision."""
    state = block.state
    beside = block.xp.maximum(abs(state.ball_position[..., 0]), abs(state.ball_position[..., 1]))
    resting = (beside < AT_REST) & (length(state.ball_velocity) < AT_REST)
    touched = (state.ball_touched == 0) & (block.next_state.ball_touched > 0)
    return block.of_arena(block.number(resting & touched))


@mean("kickoff", "s", kickoffs)
def kickoff_seconds(block: Block) -> Array:
    """Time from a kickoff to its first touch by anybody, to the end of that decision."""
    return block.of_arena(block.next_state.ticks_since_kickoff / TICKS_PER_SECOND)


@mean("kickoff", "of kickoffs", kickoffs)
def kickoff_first_share(block: Block) -> Array:
    """Kickoffs at which a car of this team was at the ball, in the decision of its first touch, and no opponent was."""
    return block.number(events.team_had_ball(block.next_state))


@a_minute("goal")
def shots_per_minute(block: Block) -> Array:
    """Contacts after which the ball is on course for the opponents' goal, or in it, and was not before."""
    before, after = (events.opponents(on_course) for on_course in _on_course(block))
    return _contact(block) * (1 - before) * block.xp.maximum(after, block.goals[..., 0])


@a_minute("goal")
def saves_per_minute(block: Block) -> Array:
    """Contacts after which the ball is not on course for the own goal, nor in it, and was before."""
    before, after = _on_course(block)
    return _contact(block) * before * (1 - block.xp.maximum(after, block.goals[..., 1]))


@a_minute("goal")
def goals_scored_per_minute(block: Block) -> Array:
    """Goals of the team."""
    return block.goals[..., 0]


@a_minute("goal")
def own_goals_per_minute(block: Block) -> Array:
    """Goals against the team of the car that touched the ball last."""
    return block.goals[..., 1] * block.number(events.last_contact(block.next_state))


def goals_scored(block: Block) -> Array:
    """Goals of the team."""
    return block.goals[..., 0]


@mean("goal", "uu/s", goals_scored)
def goal_speed(block: Block) -> Array:
    """Speed of the ball in the goal."""
    return block.of_arena(length(block.next_state.ball_velocity))


@a_minute("contact")
def demos_per_minute(block: Block) -> Array:
    """Demolitions inflicted."""
    return block.gained("demos")


@a_minute("contact")
def bumps_per_minute(block: Block) -> Array:
    """Bumps inflicted."""
    return block.gained("bumps")


def _on_course(block: Block) -> tuple[Array, Array]:
    """Whether the ball was, and is, on course for each car's own goal: within the next 2 s."""
    return block.number(events.on_course(block.state)), block.number(events.on_course(block.next_state))


def _contact(block: Block) -> Array:
    return block.number(events.contact(block.next_state))


FIGURES = (
    goal_side_share,
    possession_share,
    kickoff_seconds,
    kickoff_first_share,
    shots_per_minute,
    saves_per_minute,
    goals_scored_per_minute,
    own_goals_per_minute,
    goal_speed,
    demos_per_minute,
    bumps_per_minute,
)
