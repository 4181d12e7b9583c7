"""One step of training: a rollout with the current policy, and an update with it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import numpy as np

from jaxrl.bots.description import Description
from jaxrl.matches.league import ChooseBoth, League, Playing
from jaxrl.matches.mixed import act_mixed
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.shown import Shown
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.report.tags import Timing
from jaxrl.sim.rollout import Act, Collector
from jaxrl.training.device import act_options


@dataclass(frozen=True)
class Programs:
    """The compiled programs of a run."""

    act: Callable[..., jax.Array]  # (params, obs_stats, states, uniforms) -> actions
    update: Callable[..., tuple[TrainState, Metrics]]  # (state, rollout, weights); the state given is used up
    show: Callable[..., Shown] | None = None  # (params, obs_stats, rollout) -> what is only shown
    # (params, obs_stats, past, states, uniforms, seats, sides) -> actions, with past selves in some arenas
    mixed: Callable[..., jax.Array] | None = None
    one_by_one: bool = False  # an inference for every arena on its own: only to compare speeds

    def policy(self, state: TrainState) -> Act:
        """The policy in `state` as the collector calls it: arrays of the host in, arrays of the host out."""

        def choose(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
            return np.asarray(self.act(state.params, state.obs_stats, states, uniforms))

        def choose_one_by_one(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
            return np.concatenate([choose(states[n : n + 1], uniforms[n : n + 1]) for n in range(len(states))])

        return choose_one_by_one if self.one_by_one else choose

    def policy_and_past(self, state: TrainState) -> ChooseBoth:
        """The policy in `state` with past selves, as the league calls it."""

        def choose(past: dict[str, jax.Array], *arrays: np.ndarray) -> np.ndarray:
            assert self.mixed is not None
            return np.asarray(self.mixed(state.params, state.obs_stats, past, *arrays))

        return choose


def compile_programs(
    ppo: PPO, device: jax.Device | None = None, one_by_one: bool = False, league: Description | None = None
) -> Programs:
    """The programs of `ppo` for `device`, by default JAX's first; they are compiled when they are first called.

    `league` describes past selves, if there are any.
    """
    options = act_options(device or jax.devices()[0])
    act = jax.jit(ppo.act, compiler_options=options)
    shows = ppo.game.figures or ppo.game.metrics or ppo.game.choices
    mixed = None if league is None else jax.jit(partial(act_mixed, ppo, league), compiler_options=options)
    show = jax.jit(ppo.show) if shows else None
    return Programs(act, jax.jit(ppo.update, donate_argnums=0), show, mixed, one_by_one)


def step(
    programs: Programs, collector: Collector, state: TrainState, weights: Weights, league: League | None = None
) -> tuple[TrainState, Metrics, Timing]:
    """Collect one rollout and learn from it; `weights` are those of every reward term of the game.

    Whoever else plays is in `league`.

    `state` is used up: continue with the one returned. Metrics are on the device and complete.
    """
    started = time.perf_counter()
    act, opponents = programs.policy(state), None
    if league is not None:
        league.take_turns(int(state.updates))
        opponents = Playing(league, act, programs.policy_and_past(state))
    rollout = collector.collect(act, int(state.updates), opponents)
    collected = time.perf_counter()
    rollout = jax.device_put(rollout)  # once for both programs
    shown = Shown() if programs.show is None else programs.show(state.params, state.obs_stats, rollout)
    state, metrics = jax.block_until_ready(programs.update(state, rollout, weights))
    return state, metrics._replace(shown=shown), Timing(collected - started, time.perf_counter() - collected)
