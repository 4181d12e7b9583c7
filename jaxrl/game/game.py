"""A game as the learner sees it: sizes, and the pure functions that give raw states their meaning."""

import inspect
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jaxrl.errors import UserError
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.field import CAR_MAX_SPEED, TICKS_PER_SECOND
from jaxrl.game.observation.view import STANDARD, View
from jaxrl.game.rewards.basic import speed_to_ball, touch
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.state import Array, row_size, unpack

STATISTICS = ("touches_per_minute", "goals_per_minute", "speed_to_ball")  # of Rocket League, see below


@dataclass(frozen=True)
class Game:
    """What PPO needs to know of an environment; test environments define their own.

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
    # states [..., F], actions [..., C] of the network -> those in the environment; the same function is its own inverse
    translate: Callable[[Array, Array], Array] = lambda states, actions: actions


def _place(function: Callable, error: Exception | None = None) -> str:
    """Where in its file a function failed, or where it begins: `rewards.py, line 7`."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:  # a class, or something that C made
        return "somewhere in " + getattr(function, "__module__", "unknown code")
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    lines = [frame.lineno for frame in frames if frame.filename == code.co_filename]
    return f"{code.co_filename}, line {lines[-1] if lines else code.co_firstlineno}"


def rocket_league(team_size: int, tick_skip: int, reward_names: Iterable[str], view: View = STANDARD) -> Game:
    """Rocket League with `team_size` cars a side, `tick_skip` ticks a decision, the named reward terms, seen as `view`.

    Raises UserError for a reward term that cannot be found.
    """
    num_cars = 2 * team_size
    terms = resolve_terms(reward_names)
    decisions_per_minute = 60 * TICKS_PER_SECOND / tick_skip

    def rewards(states: Array, next_states: Array, actions: Array) -> dict[str, Array]:
        state, next_state = unpack(states), unpack(next_states)
        values = {}
        for name, term in terms.items():
            try:
                value = values[name] = term(state, next_state, actions)
            except Exception as error:  # whatever a user's function raises is the user's to see, in one line
                reason = str(error).partition("\n")[0]
                raise UserError(
                    f"reward term {name} ({_place(term, error)}): {type(error).__name__}: {reason}"
                ) from error
            if getattr(value, "shape", None) != actions.shape:
                raise UserError(
                    f"reward term {name} ({_place(term)}): must return one number per car, shape {actions.shape}, "
                    f"not {getattr(value, 'shape', type(value).__name__)}"
                )
        return values

    def statistics(states: Array, next_states: Array) -> dict[str, Array]:
        """Means of these are rates: touches per car and minute, goals (of both sides) per minute, uu/s."""
        state, next_state = unpack(states), unpack(next_states)
        return {
            "touches_per_minute": touch(state, next_state, None) * decisions_per_minute,
            "goals_per_minute": (next_state.score - state.score).sum(-1) * decisions_per_minute,
            "speed_to_ball": speed_to_ball(state, next_state, None) * CAR_MAX_SPEED,
        }

    return Game(
        num_cars=num_cars,
        state_size=row_size(num_cars),
        obs_size=view.size(num_cars),
        num_actions=NUM_ACTIONS,
        observe=view.observe,
        rewards=rewards,
        statistics=statistics,
        statistic_names=STATISTICS,
        translate=view.translate,
    )
