"""A game as the learner sees it: sizes, and the pure functions that give raw states their meaning."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from jaxrl.game.action_space import STANDARD_ACTIONS, ActionSpace
from jaxrl.game.actions import choices
from jaxrl.game.figures import STATISTICS, Figure, statistics
from jaxrl.game.masks import allowed_actions
from jaxrl.game.observation.view import STANDARD, View
from jaxrl.game.rewards.checked import checked_value
from jaxrl.game.rewards.memory import MemoryTerm, split
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.state import Array, row_size, unpack


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
    # states [..., F], actions [..., C] as the network chooses them -> actions in the world, and back
    to_world: Callable[[Array, Array], Array] = lambda states, actions: actions
    from_world: Callable[[Array, Array], Array] = lambda states, actions: actions
    actions: ActionSpace = STANDARD_ACTIONS  # of the bots it makes
    memory_terms: Mapping[str, MemoryTerm] = field(default_factory=dict)  # which `rewards` does not have
    # what is only shown
    figures: tuple[Figure, ...] = ()
    metrics: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # the user's, by name
    choices: Mapping[str, np.ndarray] = field(default_factory=dict)  # {name: [A, K]}, see `jaxrl.game.actions.choices`

    # states [..., F] -> [..., C, num_actions] bool, actions that the network may choose; None: all
    allowed: Callable[[Array], Array] | None = None


def rocket_league(
    team_size: int,
    tick_skip: int,
    reward_names: Iterable[str],
    view: View = STANDARD,
    mask_ticks: int | None = None,
    actions: ActionSpace = STANDARD_ACTIONS,
) -> Game:
    """Rocket League with `team_size` cars a side, `tick_skip` ticks a decision, the named reward terms, seen as `view`.

    `actions` are those of the network. `mask_ticks` is for how long an action may act, if those that do nothing in it
    are masked; None masks none.

    Raises UserError for a reward term that cannot be found.
    """
    num_cars = 2 * team_size
    terms, memory_terms = split(resolve_terms(reward_names))

    def rewards(states: Array, next_states: Array, actions: Array) -> dict[str, Array]:
        state, next_state = unpack(states), unpack(next_states)
        return {name: checked_value(name, term, state, next_state, actions) for name, term in terms.items()}

    return Game(
        num_cars=num_cars,
        state_size=row_size(num_cars),
        obs_size=view.size(num_cars),
        num_actions=actions.size,
        observe=view.observe,
        rewards=rewards,
        statistics=lambda states, next_states: statistics(unpack(states), unpack(next_states), tick_skip),
        statistic_names=STATISTICS,
        to_world=lambda states, chosen: view.to_world(states, actions.to_world(chosen)),
        from_world=lambda states, chosen: actions.from_world(view.to_world(states, chosen)),
        actions=actions,
        allowed=None if mask_ticks is None else partial(allowed_actions, ticks=mask_ticks, actions=actions),
        memory_terms=memory_terms,
        choices=choices(actions.table),
    )
