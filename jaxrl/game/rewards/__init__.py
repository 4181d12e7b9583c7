"""Reward terms: pure functions of (state, next_state, actions) that give one number per car, `[..., C]`."""

from jaxrl.game.field import attacked_goal, own_goal
from jaxrl.game.rewards.basic import (
    RewardTerm,
    alignment,
    ball_to_goal,
    boost_kept,
    concede,
    demo,
    demoed,
    face_ball,
    goal,
    goals_by_car,
    speed_to_ball,
)
from jaxrl.game.rewards.touches import aerial, touch

__all__ = [
    "RewardTerm",
    "aerial",
    "alignment",
    "attacked_goal",
    "ball_to_goal",
    "boost_kept",
    "concede",
    "demo",
    "demoed",
    "face_ball",
    "goal",
    "goals_by_car",
    "own_goal",
    "speed_to_ball",
    "touch",
]
