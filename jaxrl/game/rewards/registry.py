"""The reward terms by name: built in, or the user's own as `package.module:function`."""

from collections.abc import Iterable
from types import FunctionType

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
    speed_to_ball,
)
from jaxrl.game.rewards.memory import MemoryTerm
from jaxrl.game.rewards.touches import aerial, touch
from jaxrl.plugins import import_function

TAG_GROUPS: dict[str, tuple[FunctionType | MemoryTerm, ...]] = {
    "goal": (goal, concede),
    "touch": (touch,),
    "progress": (speed_to_ball, face_ball, ball_to_goal, alignment),
    "boost": (boost_kept,),
    "demo": (demo, demoed),
    "aerial": (aerial,),
}

TERMS: dict[str, RewardTerm | MemoryTerm] = {term.__name__: term for terms in TAG_GROUPS.values() for term in terms}

GROUP_OF: dict[str, str] = {term.__name__: group for group, terms in TAG_GROUPS.items() for term in terms}


def resolve_terms(names: Iterable[str]) -> dict[str, RewardTerm | MemoryTerm]:
    """Built-in terms by name and the user's by `package.module:function`; raises UserError if one cannot be found."""
    return {name: TERMS[name] if name in TERMS else import_function(name) for name in names}


def group_of(name: str) -> str:
    """The TensorBoard group of a term; the user's own terms share the group `custom`."""
    return GROUP_OF.get(name, "custom")
