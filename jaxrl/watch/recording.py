"""Plays a match from kickoffs and keeps all of it: states, and what every reward term gave to every car."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from jaxrl.game.game import rocket_league
from jaxrl.game.state import TICKS_PER_SECOND, unpack
from jaxrl.opponents import Opponent
from jaxrl.sim.arena import SimSpec
from jaxrl.sim.vec_env import RocketSimEnv

NEVER_TICKS = 2**62


@dataclass(frozen=True)
class Recording:
    """T frames of a match of C cars with K reward terms. After a goal the field is empty for one cut: no countdown."""

    rows: np.ndarray  # [T, F] float32 raw states
    seconds: np.ndarray  # [T] float32 of game since the first kickoff; a goal and the kickoff after it share theirs
    cuts: np.ndarray  # [T] bool: the next frame is another kickoff
    rewards: np.ndarray  # [T, C, K] float32: weight x term of the decision that led to a frame, 0 after a kickoff
    terms: tuple[str, ...]
    names: tuple[str, ...]  # of the cars, blue first
    tick_skip: int

    @property
    def score(self) -> tuple[int, int]:
        """Goals of blue and orange."""
        goals = unpack(self.rows).score
        blue, orange = (goals[-1] - goals[0]).astype(int)
        return int(blue), int(orange)


def match_spec(team_size: int, tick_skip: int, action_delay_ticks: int, seed: int) -> SimSpec:
    """One arena, kickoffs only, no limits."""
    return SimSpec(
        num_envs=1,
        team_size=team_size,
        tick_skip=tick_skip,
        action_delay_ticks=action_delay_ticks,
        max_episode_ticks=NEVER_TICKS,
        no_touch_ticks=NEVER_TICKS,
        start_states=(("kickoff", 1.0),),
        seed=seed,
    )


def car_names(bot: str, opponent: str, team_size: int) -> list[str]:
    """Blue first; numbered where there are several of a kind."""
    sides = (bot, opponent)
    return [f"{name} {k + 1}" if team_size > 1 else name for name in sides for k in range(team_size)]


def play(spec: SimSpec, blue: Opponent, orange: Opponent, decisions: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows `[T, F]`, the decision after which each was read `[T]`, and cuts `[T]` of a match of so many decisions."""
    rng = np.random.default_rng(spec.seed)
    rows, times, cuts = [], [], []

    def keep(row: np.ndarray, time: int, cut: bool) -> None:
        rows.append(row.copy())
        times.append(time)
        cuts.append(cut)

    with RocketSimEnv(spec, num_workers=0) as env:
        states = env.reset()
        keep(states[0], 0, False)
        for decision in range(1, decisions + 1):
            uniforms = rng.random((2, 1, spec.num_cars), np.float32)
            actions = np.asarray(blue(states, uniforms[0])).copy()
            actions[:, spec.team_size :] = np.asarray(orange(states, uniforms[1]))[:, spec.team_size :]
            step = env.step(actions)
            states = step.state
            if step.terminated[0] or step.truncated[0]:
                keep(step.final_state[0], decision, True)
            keep(states[0], decision, False)
    return np.stack(rows), np.array(times), np.array(cuts)


def record(
    spec: SimSpec,
    blue: Opponent,
    orange: Opponent,
    names: Iterable[str],
    weights: Mapping[str, float],
    seconds: float,
) -> Recording:
    """A match of `seconds` of game; terms with weight 0 are left out. Raises UserError for a term that is unknown."""
    weights = {name: weight for name, weight in weights.items() if weight}
    game = rocket_league(spec.team_size, spec.tick_skip, weights)
    rows, decisions, cuts = play(spec, blue, orange, round(seconds * TICKS_PER_SECOND / spec.tick_skip))
    rewards = np.zeros((len(rows), spec.num_cars, len(weights)), np.float32)
    after = 1 + np.flatnonzero(~cuts[:-1])
    actions = unpack(rows[after]).previous_action.astype(np.int32)
    terms = game.rewards(rows[after - 1], rows[after], actions)
    for k, (name, weight) in enumerate(weights.items()):
        rewards[after, :, k] = weight * terms[name]
    times = (decisions * spec.tick_skip / TICKS_PER_SECOND).astype(np.float32)
    return Recording(rows, times, cuts, rewards, tuple(weights), tuple(names), spec.tick_skip)
