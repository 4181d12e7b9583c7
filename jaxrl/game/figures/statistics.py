"""The first three figures, as means over all transitions: what stages of old configs wait for."""

from jaxrl.game.arrays import Array
from jaxrl.game.field import CAR_MAX_SPEED, TICKS_PER_SECOND
from jaxrl.game.rewards.basic import speed_to_ball
from jaxrl.game.rewards.touches import touch
from jaxrl.game.state import State

STATISTICS = ("touches_per_minute", "goals_per_minute", "speed_to_ball")


def statistics(state: State, next_state: State, tick_skip: int) -> dict[str, Array]:
    """Statistics of decisions of `tick_skip` ticks; the means of these are rates.

    Touches per car and minute `[..., C]`, goals of both sides per minute `[...]`, speed to the ball `[..., C]` in uu/s.
    """
    decisions_per_minute = 60 * TICKS_PER_SECOND / tick_skip
    return {
        "touches_per_minute": touch(state, next_state, None) * decisions_per_minute,
        "goals_per_minute": (next_state.score - state.score).sum(-1) * decisions_per_minute,
        "speed_to_ball": speed_to_ball(state, next_state, None) * CAR_MAX_SPEED,
    }
