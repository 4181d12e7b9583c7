"""Scenes for reward terms, played in RocketSim: for what a term pays, and for what it must not pay.

A scene is an arena of its own, and decisions are those of training: 8 ticks, of which the first still has the action
before.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from jaxrl.game.physics import Engine
from jaxrl.game.rewards.memory import run
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.starts.state import StartState
from jaxrl.sim.engine import make_env
from support.scene_list import DOUBLES, DUELS, TICK_SKIP
from support.specs import sim_spec


class Played(NamedTuple):
    """All N scenes of a team size in an engine; they go on after their end, also in episodes that follow."""

    names: tuple[str, ...]
    lengths: tuple[int, ...]  # of the scenes, decisions
    states: np.ndarray  # [T, N, F]
    next_states: np.ndarray  # [T, N, F]: where an episode ended the true last ones
    actions: np.ndarray  # [T, N, C]
    done: np.ndarray  # [T, N]

    def values(self, term: str) -> np.ndarray:
        """What a reward term pays, `[T, N, C]`."""
        return run(resolve_terms([term]), self.states, self.next_states, self.actions, self.done)[1][term]

    def within(self, name: str, values: np.ndarray) -> np.ndarray:
        """The part of `values` `[T, N, C]` that belongs to a scene and to the episode it began with, `[T', C]`."""
        n = self.names.index(name)
        last = int(np.argmax(self.done[:, n])) + 1 if self.done[:, n].any() else len(self.done)
        return values[: min(self.lengths[n], last), n]


def duel(rng: np.random.Generator, team_size: int) -> StartState:
    """Start arena number i with scene i."""
    _, _, arena, *_ = rng.bit_generator.seed_seq.entropy  # the key of jaxrl.sim.episodes
    return DUELS[arena].start(rng)


def double(rng: np.random.Generator, team_size: int) -> StartState:
    """The same in 2v2."""
    _, _, arena, *_ = rng.bit_generator.seed_seq.entropy
    first, second = (scenario.start(rng) for scenario in DOUBLES[arena])
    cars = ("position", "yaw_pitch_roll", "velocity", "angular_velocity", "boost")
    both = {name: np.stack([getattr(first, name), getattr(second, name)], axis=1) for name in cars}
    return first._replace(**{name: value.reshape(4, *value.shape[2:]) for name, value in both.items()})


@cache
def play(engine: Engine, team_size: int) -> Played:
    """Play all scenes of a team size."""
    scenes = [(scenario,) for scenario in DUELS] if team_size == 1 else DOUBLES
    rng = np.random.default_rng(0)
    plans = [
        np.stack([s.actions(rng) for s in each], axis=-1)[::TICK_SKIP].reshape(-1, 2 * team_size) for each in scenes
    ]
    count = max(map(len, plans))
    actions = np.stack(
        [np.concatenate([plan, np.repeat(plan[-1:], count - len(plan), axis=0)]) for plan in plans], axis=1
    )
    start = f"support.scenes:{'duel' if team_size == 1 else 'double'}"
    spec = sim_spec(num_envs=len(scenes), team_size=team_size, start_states=((start, 1.0),))
    names, lengths = tuple(each[0].name for each in scenes), tuple(map(len, plans))
    return Played(names, lengths, *record(engine, spec, lambda t, states: actions[t], count))


def record(engine: Engine, spec, choose, count: int) -> tuple[np.ndarray, ...]:
    """Of `count` decisions: states, next states (where an episode ended the last ones), actions, and ends."""
    parts = []
    with make_env(engine, spec, 0) as env:
        states = env.reset().copy()
        for t in range(count):
            actions = np.asarray(choose(t, states), np.int32)
            step = env.step(actions)
            done = step.terminated | step.truncated
            following = step.state.copy()
            parts.append((states, np.where(done[:, None], step.final_state, following), actions, done))
            states = following
    return tuple(np.array(part) for part in zip(*parts, strict=True))
