"""A game as the learner sees it: sizes, and the pure functions that give raw states their meaning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxrl.errors import UserError, first_line
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.figures import STATISTICS, statistics
from jaxrl.game.observation.view import STANDARD, View
from jaxrl.game.rewards.basic import RewardTerm
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.state import Array, State, row_size, unpack
from jaxrl.plugins import where

REAL = ("bool", "int", "uint", "float", "bfloat")  # how the names of dtypes begin that can be summed with weights


@dataclass(frozen=True)
class Game:
    """All that PPO needs to know of an environment; test environments define their own.

    Raw states are `[..., F]` float32, actions `[..., C]` int32. All functions are pure and run under jit.
    """

    num_cars: int  # C: agents an environment
    state_size: int  # F
    obs_size: int  # D
    num_actions: int
    observe: Callable[[Array], Array]  # states [..., F] -> observations [..., C, D]
    rewards: Callable[[Array, Array, Array], dict[str, Array]]  # states, next states, actions -> {term: [..., C]}
    statistics: Callable[[Array, Array], dict[str, Array]]  # states, next states -> {name: [...] or [..., C]}
    statistic_names: tuple[str, ...] = ()
    # states [..., F], actions [..., C] as the network chooses them -> actions in the world; see `from_world`
    to_world: Callable[[Array, Array], Array] = lambda states, actions: actions

    @property
    def from_world(self) -> Callable[[Array, Array], Array]:
        """Actions in the world -> as the network chooses them: the same function, which is its own inverse."""
        return self.to_world


def rocket_league(team_size: int, tick_skip: int, reward_names: Iterable[str], view: View = STANDARD) -> Game:
    """Rocket League with `team_size` cars a side, `tick_skip` ticks a decision, the named reward terms, seen as `view`.

    Raises UserError for a reward term that cannot be found.
    """
    num_cars = 2 * team_size
    terms = resolve_terms(reward_names)

    def rewards(states: Array, next_states: Array, actions: Array) -> dict[str, Array]:
        state, next_state = unpack(states), unpack(next_states)
        return {name: _value(name, term, state, next_state, actions) for name, term in terms.items()}

    return Game(
        num_cars=num_cars,
        state_size=row_size(num_cars),
        obs_size=view.size(num_cars),
        num_actions=NUM_ACTIONS,
        observe=view.observe,
        rewards=rewards,
        statistics=lambda states, next_states: statistics(unpack(states), unpack(next_states), tick_skip),
        statistic_names=STATISTICS,
        to_world=view.to_world,
    )


def _value(name: str, term: RewardTerm, state: State, next_state: State, actions: Array) -> Array:
    """`[..., C]`, the value of one reward term; raises UserError where its function fails or gives something else."""
    try:
        value = term(state, next_state, actions)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a user's function raises, sys.exit too, is the user's to see, in one line
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise UserError(f"reward term {name} ({where(term, error)}): {reason}") from error
    if (found := _mistake(value, actions.shape)) is not None:
        raise UserError(
            f"reward term {name} ({where(term)}): must return one number per car, shape {actions.shape}, not {found}"
        )
    return value


def _mistake(value: Any, shape: tuple[int, ...]) -> str | None:
    """What `value` is instead of an array of real numbers of that shape, of numpy or JAX; None if it is one."""
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array"
    if not (isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array_namespace__")):
        return f"{type(value).__name__}"
    if value.shape != shape:
        return f"{value.shape}"
    return None if value.dtype.name.startswith(REAL) else f"{value.dtype}"
