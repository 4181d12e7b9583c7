"""Start states: functions (rng, team_size) -> StartState, or None for a plain kickoff."""

from jaxrl.game.starts.air import aerial, air_dribble, flip_reset, high_ball, recovery
from jaxrl.game.starts.basic import kickoff, near_ball, random
from jaxrl.game.starts.ground import demolished, dribble, half_flip, kickoff_like
from jaxrl.game.starts.shots import goalie, shot
from jaxrl.game.starts.state import StartFunction, StartState
from jaxrl.game.starts.walls import anywhere, ceiling, wall

__all__ = [
    "StartFunction",
    "StartState",
    "aerial",
    "air_dribble",
    "anywhere",
    "ceiling",
    "demolished",
    "dribble",
    "flip_reset",
    "goalie",
    "half_flip",
    "high_ball",
    "kickoff",
    "kickoff_like",
    "near_ball",
    "random",
    "recovery",
    "shot",
    "wall",
]
