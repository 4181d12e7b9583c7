"""One step of training: a rollout with the current policy, and an update with it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import numpy as np

from jaxrl.bots.description import Description
from jaxrl.matches.league import ActBoth, League, Playing
from jaxrl.matches.mixed import act_mixed
from jaxrl.matches.rating import Learned
from jaxrl.ppo.in_parts import update_in_parts
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.shown import Shown
from jaxrl.ppo.spread import ONE_DEVICE, Spread
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.report.tags import Timing
from jaxrl.sim.rollout import Act, Choice, Collector, Rollout
from jaxrl.training.device import act_options
from jaxrl.training.hosts.meeting import Hosts


@dataclass(frozen=True)
class Programs:
    """The compiled programs of a run."""

    act: Callable[..., jax.Array | Choice]  # (params, obs_stats, states, uniforms) -> actions
    update: Callable[..., tuple[TrainState, Metrics]]  # (state, rollout, weights)
    show: Callable[..., Shown] | None = None  # (params, obs_stats, rollout) -> what is only shown
    # (params, obs_stats, past, states, uniforms, seats, sides) -> actions, with past selves in some arenas
    mixed: Callable[..., jax.Array | Choice] | None = None
    one_by_one: bool = False  # an inference for every arena on its own: only to compare speeds
    spread: Spread = ONE_DEVICE  # of what is learnt; actions are chosen on the first device
    hosts: Hosts | None = None  # who learn together, if there are several

    def policy(self, state: TrainState | Learned) -> Act:
        """The policy in `state` as the collector calls it: arrays of the host in, arrays of the host out."""
        params, obs_stats = self.spread.first((state.params, state.obs_stats))

        def choose(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray | Choice:
            return jax.tree.map(np.asarray, self.act(params, obs_stats, states, uniforms))

        def choose_one_by_one(states: np.ndarray, uniforms: np.ndarray) -> np.ndarray | Choice:
            each = [choose(states[n : n + 1], uniforms[n : n + 1]) for n in range(len(states))]
            return jax.tree.map(lambda *parts: np.concatenate(parts), *each)

        return choose_one_by_one if self.one_by_one else choose

    def policy_and_past(self, state: TrainState | Learned) -> ActBoth:
        """The policy in `state` with past selves, as the league calls it."""
        params, obs_stats = self.spread.first((state.params, state.obs_stats))

        def choose(past: dict[str, jax.Array], *arrays: np.ndarray) -> np.ndarray | Choice:
            assert self.mixed is not None
            return jax.tree.map(np.asarray, self.mixed(params, obs_stats, past, *arrays))

        return choose


def compile_programs(
    ppo: PPO,
    device: jax.Device | None = None,
    one_by_one: bool = False,
    league: Description | None = None,
    overlap: bool = False,
    hosts: Hosts | None = None,
) -> Programs:
    """The programs of `ppo` for `device`, by default JAX's first; they are compiled when they are first called.

    `league` describes past selves, if there are any. With `overlap` actions come with their log-probabilities, and the
    update leaves the state as it is, as it does with several `hosts`, one of which may be lost; else it is used up.
    """
    options = act_options(device or jax.local_devices()[0])
    act = jax.jit(ppo.act_with_log_probs if overlap else ppo.act, compiler_options=options)
    update = update_in_parts(ppo) if overlap else jax.jit(ppo.update, donate_argnums=() if hosts else 0)
    shows = ppo.game.figures or ppo.game.metrics or ppo.game.choices
    mixed = None
    if league is not None:
        mixed = jax.jit(partial(act_mixed, ppo, league, with_log_probs=overlap), compiler_options=options)
    show = jax.jit(ppo.show) if shows else None
    return Programs(act, update, show, mixed, one_by_one, ppo.spread, hosts)


def step(
    programs: Programs, collector: Collector, state: TrainState, weights: Weights, league: League | None = None
) -> tuple[TrainState, Metrics, Timing]:
    """Collect one rollout and learn from it; `weights` are those of every reward term of the game.

    Whoever else plays is in `league`.

    `state` is used up: continue with the one returned. Metrics are on the device and complete.
    """
    started, physics = time.perf_counter(), collector.physics_seconds
    rollout = collect(programs, collector, state, league, int(state.updates))
    collected = time.perf_counter()
    state, metrics = learn(programs, state, rollout, weights)
    ended = time.perf_counter()
    physics = collector.physics_seconds - physics
    return state, metrics, Timing(collected - started, ended - collected, ended - started, physics_seconds=physics)


def collect(
    programs: Programs, collector: Collector, state: TrainState | Learned, league: League | None, number: int
) -> Rollout:
    """The rollout for update `number`, by the policy in `state`."""
    act, opponents = programs.policy(state), None
    if league is not None:
        league.take_turns(number)
        opponents = Playing(league, act, programs.policy_and_past(state))
    return collector.collect(act, number, opponents)


def learn(programs: Programs, state: TrainState, rollout: Rollout, weights: Weights) -> tuple[TrainState, Metrics]:
    """The state after learning from `rollout`, and all that is to be said of it, complete."""
    if programs.hosts is None:
        return _learn(programs, state, rollout, weights)
    with programs.hosts.together():
        return _learn(programs, *programs.hosts.meet(state, rollout), weights)


def _learn(programs: Programs, state: TrainState, rollout: Rollout, weights: Weights) -> tuple[TrainState, Metrics]:
    rollout = programs.spread.put_rollout(rollout)  # once for both programs
    state = programs.spread.put(state)  # what others have put into it may be on one device
    shown = Shown() if programs.show is None else programs.show(state.params, state.obs_stats, rollout)
    if programs.hosts is not None:
        jax.block_until_ready(shown)  # CPUs would talk of both programs at once, each in its own order
    state, metrics = jax.block_until_ready(programs.update(state, rollout, weights))
    return state, metrics._replace(shown=shown)
