"""Start states: functions (rng, team_size) -> StartState, or None for a plain kickoff."""

from jaxrl.game.starts.basic import kickoff, near_ball, random
from jaxrl.game.starts.state import StartFunction, StartState

__all__ = ["StartFunction", "StartState", "kickoff", "near_ball", "random"]
