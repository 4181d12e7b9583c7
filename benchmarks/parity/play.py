"""Play all variations of a scenario in one engine, tick by tick, and keep every state."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.parity.scenario import Scenario
from jaxrl.game.starts.state import StartState
from jaxrl.game.state import State, unpack
from jaxrl.sim.engine import make_env
from jaxrl.sim.grouped_env import GroupedEnv
from jaxrl.sim.spec import NO_LIMIT_TICKS, SimSpec

Engine = Callable[[SimSpec], GroupedEnv]

_starts: Sequence[StartState] = ()  # of the arenas that are made next


def two(spec: SimSpec) -> GroupedEnv:
    """RocketSim 2 in this process."""
    return make_env("rocketsim2", spec, 0)


def three(spec: SimSpec) -> GroupedEnv:
    """RocketSim 3 on one thread."""
    return make_env("rocketsim3", spec, 1)


def start(rng: np.random.Generator, team_size: int) -> StartState:
    """Start arena number i with the start state of that number."""
    _, _, arena, *_ = rng.bit_generator.seed_seq.entropy  # ty: the key of jaxrl.sim.episodes
    return _starts[arena]


class Played(NamedTuple):
    """What happened in N arenas in T ticks; `states` are those after each tick, the first is before any."""

    states: State  # [T + 1, N, ...]
    running: np.ndarray  # [T + 1, N] bool: no goal yet; from a goal on a state is its last one


def play(engine: Engine, scenario: Scenario, variations: int, aside: float = 0.0) -> Played:
    """Play `variations` of a scenario: the same ones whatever the engine. They start `aside` uu aside, see `start`."""
    global _starts
    rngs = [np.random.default_rng([7, n]) for n in range(variations)]
    _starts = [scenario.start(rng, aside) for rng in rngs]
    actions = np.stack([scenario.actions(rng) for rng in rngs], axis=1)  # [T, N, 2]
    names = (("benchmarks.parity.play:start", 1.0),)
    spec = SimSpec(variations, 1, 1, 0, NO_LIMIT_TICKS, NO_LIMIT_TICKS, names, seed=0)
    running = np.ones((scenario.ticks + 1, variations), bool)
    with engine(spec) as env:
        rows = np.empty((scenario.ticks + 1, variations, spec.state_size), np.float32)
        rows[0] = env.reset()
        for t, chosen in enumerate(actions, 1):
            step = env.step(chosen)
            running[t] = running[t - 1] & ~step.terminated
            last = np.where(step.terminated[:, None], step.final_state, rows[t - 1])
            rows[t] = np.where(running[t, :, None], step.state, np.where(running[t - 1, :, None], last, rows[t - 1]))
    return Played(unpack(rows), running)
