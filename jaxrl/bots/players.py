"""Opponents of fixed strength: scripted ones, and bots that were saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy
from jaxrl.bots.scripted import chase
from jaxrl.errors import UserError
from jaxrl.game.actions import NEUTRAL_ACTION, NUM_ACTIONS
from jaxrl.game.state import Array, namespace

Opponent = Callable[[Array, Array], Array]  # states [N, F], uniforms [N, C] -> actions [N, C]

SCRIPTED = ("idle", "random", "chaser")


def check_opponent(name: str) -> None:
    """Raises UserError where `name` is neither scripted nor the folder of a checkpoint that can be used."""
    if name not in SCRIPTED:
        _load(name, "numpy")


def make_opponent(name: str, team_size: int, tick_skip: int, backend: Literal["numpy", "jax"]) -> Opponent:
    """`idle`, `random`, `chaser`, or the policy of a checkpoint folder (as strong as it was trained: sampled).

    Raises UserError where the folder holds no policy for this game.
    """
    if name == "idle":
        return lambda states, uniforms: namespace(uniforms).full(uniforms.shape, NEUTRAL_ACTION)
    if name == "random":
        return lambda states, uniforms: (uniforms * NUM_ACTIONS).astype(np.int32)
    if name == "chaser":
        return lambda states, uniforms: chase(states)
    policy = _load(name, backend)
    description = policy.description
    if description.team_size != team_size:
        raise UserError(f"opponent {name}: plays {description.team_size} cars a side, not {team_size}")
    if description.tick_skip != tick_skip:
        raise UserError(f"opponent {name}: decides every {description.tick_skip} ticks, not every {tick_skip}")
    return policy.act


def _load(name: str, backend: Literal["numpy", "jax"]) -> Policy:
    try:
        return load_policy(Path(name), backend)
    except UserError as error:
        raise UserError(
            f"opponent {name}: is none of {', '.join(SCRIPTED)}, nor a checkpoint that can be used ({error})"
        ) from error
