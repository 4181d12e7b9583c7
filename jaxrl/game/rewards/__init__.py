"""Reward terms: pure functions of (state, next_state, actions) that give one number per car, `[..., C]`."""

from jaxrl.game.field import attacked_goal, own_goal
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
    goals_by_car,
    speed_to_ball,
)
from jaxrl.game.rewards.boost import boost_pickup_large, boost_pickup_small, boost_waste
from jaxrl.game.rewards.defence import clear, last_back, own_goal_risk, save, shadowing
from jaxrl.game.rewards.kickoffs import kickoff_first_touch, speed_flip_kickoff
from jaxrl.game.rewards.mechanics import dribble, flick, half_flip, wavedash
from jaxrl.game.rewards.memory import MemoryTerm, with_memory
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

__all__ = [
    "MemoryTerm",
    "RewardTerm",
    "aerial",
    "aerial_touch",
    "air",
    "air_dribble",
    "air_roll",
    "alignment",
    "assist",
    "attacked_goal",
    "ball_goal_distance",
    "ball_to_goal",
    "boost_kept",
    "boost_pickup_large",
    "boost_pickup_small",
    "boost_waste",
    "bump",
    "bumped",
    "clear",
    "concede",
    "demo",
    "demoed",
    "double_touch",
    "dribble",
    "energy",
    "face_ball",
    "flick",
    "flip_reset",
    "flip_reset_approach",
    "flip_reset_used",
    "forward_speed",
    "goal",
    "goal_distance",
    "goal_speed",
    "goal_view",
    "goals_by_car",
    "half_flip",
    "jump_touch",
    "kickoff_first_touch",
    "last_back",
    "own_goal",
    "own_goal_risk",
    "passing",
    "possession",
    "save",
    "shadowing",
    "shot",
    "spacing",
    "speed",
    "speed_flip_kickoff",
    "speed_to_ball",
    "stalling",
    "strong_touch",
    "supersonic",
    "touch",
    "touch_acceleration",
    "touch_height",
    "turtle",
    "wall_touch",
    "wavedash",
    "win_probability",
    "with_memory",
]
