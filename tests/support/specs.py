"""Arenas for tests."""

from typing import Any

from jaxrl.sim.spec import SimSpec


def sim_spec(**changes: Any) -> SimSpec:
    """One 1v1 arena with long limits and kickoffs; keywords override."""
    fields: dict[str, Any] = {
        "num_envs": 1,
        "team_size": 1,
        "tick_skip": 8,
        "action_delay_ticks": 1,
        "max_episode_ticks": 36_000,
        "no_touch_ticks": 36_000,
        "start_states": (("kickoff", 1.0),),
        "seed": 0,
    }
    return SimSpec(**{**fields, **changes})
