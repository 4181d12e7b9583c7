"""The reward terms by name: built in, or the user's own as `package.module:function`."""

from collections.abc import Iterable
from types import FunctionType

from jaxrl.game.rewards.aerials import (
    aerial_touch,
    air_dribble,
    double_touch,
    flip_reset,
    flip_reset_approach,
    flip_reset_used,
)
from jaxrl.game.rewards.basic import (
    RewardTerm,
    alignment,
    ball_to_goal,
    boost_kept,
    bump,
    bumped,
    concede,
    demo,
    demoed,
    face_ball,
    goal,
    speed_to_ball,
)
from jaxrl.game.rewards.boost import boost_pickup_large, boost_pickup_small, boost_spent, boost_waste
from jaxrl.game.rewards.defence import clear, last_back, own_goal_risk, save, shadowing
from jaxrl.game.rewards.kickoffs import kickoff_first_touch, speed_flip_kickoff
from jaxrl.game.rewards.mechanics import dribble, flick, flip_speed, half_flip, wavedash
from jaxrl.game.rewards.memory import MemoryTerm
from jaxrl.game.rewards.movement import air, air_roll, energy, forward_speed, speed, stalling, supersonic, turtle
from jaxrl.game.rewards.potential import ball_goal_distance, goal_view, win_probability
from jaxrl.game.rewards.shots import goal_distance, goal_speed, shot
from jaxrl.game.rewards.teams import assist, passing, possession, spacing
from jaxrl.game.rewards.touches import (
    aerial,
    jump_touch,
    strong_touch,
    touch,
    touch_acceleration,
    touch_height,
    wall_touch,
)
from jaxrl.plugins import import_function

TAG_GROUPS: dict[str, tuple[FunctionType | MemoryTerm, ...]] = {
    "goal": (goal, concede),
    "touch": (touch, strong_touch, touch_acceleration, touch_height, jump_touch, wall_touch),
    "progress": (speed_to_ball, face_ball, ball_to_goal, alignment),
    "boost": (boost_kept, boost_pickup_small, boost_pickup_large, boost_spent, boost_waste),
    "demo": (demo, demoed),
    "aerial": (aerial, aerial_touch, double_touch, air_dribble, flip_reset, flip_reset_used, flip_reset_approach),
    "movement": (air, air_roll, speed, forward_speed, supersonic, energy, stalling, turtle),
    "mechanics": (dribble, flick, wavedash, half_flip, flip_speed),
    "kickoff": (kickoff_first_touch, speed_flip_kickoff),
    "shot": (shot, goal_speed, goal_distance),
    "defence": (save, clear, own_goal_risk, shadowing, last_back),
    "team": (possession, assist, passing, spacing),
    "potential": (ball_goal_distance, goal_view, win_probability),
    "bump": (bump, bumped),
}

TERMS: dict[str, RewardTerm | MemoryTerm] = {term.__name__: term for terms in TAG_GROUPS.values() for term in terms}

GROUP_OF: dict[str, str] = {term.__name__: group for group, terms in TAG_GROUPS.items() for term in terms}


def resolve_terms(names: Iterable[str]) -> dict[str, RewardTerm | MemoryTerm]:
    """Built-in terms by name and the user's by `package.module:function`; raises UserError if one cannot be found."""
    return {name: TERMS[name] if name in TERMS else import_function(name) for name in names}


def group_of(name: str) -> str:
    """The TensorBoard group of a term; the user's own terms share the group `custom`."""
    return GROUP_OF.get(name, "custom")
