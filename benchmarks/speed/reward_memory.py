"""What ten reward terms with memory add to an update.

    python -m benchmarks.reward_memory
    python -m benchmarks.reward_memory --recipes cpu --rounds 9

Updates with and without them, on one rollout of random actions, in turns; medians, and the median of each turn's
difference. The terms are made for this: each remembers a number or three, reads some fields, and chooses by conditions.
"""

import argparse
import time
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np

from benchmarks.speed.machine import describe_machine
from jaxrl.config.load import load_config
from jaxrl.config.payments import reward_weights
from jaxrl.game.arrays import Array, namespace
from jaxrl.game.rewards.memory import MemoryTerm, with_memory
from jaxrl.game.rewards.touches import touch
from jaxrl.game.state import State
from jaxrl.ppo.reward_memory import follow_memory
from jaxrl.ppo.update import PPO
from jaxrl.sim.engine import make_env
from jaxrl.sim.rollout import Collector, Rollout
from jaxrl.training.build import build
from jaxrl.training.device import configure_device
from jaxrl.training.step import compile_programs


class Flight(NamedTuple):
    """A memory of five numbers."""

    seconds: float
    highest: float
    begun: np.ndarray  # [3]


def terms() -> dict[str, MemoryTerm]:
    """Ten terms: five kinds, each with two thresholds."""
    return {
        f"{kind.__name__}_{limit}": kind(limit)
        for kind in (_double_touch, _flight, _turned, _carried, _drained)
        for limit in (1, 2)
    }


def _double_touch(limit: int) -> MemoryTerm:
    @with_memory((0.0, 0.0))
    def term(carry: Any, state: State, next_state: State, actions: Array) -> Any:
        touches, since = carry
        touching = touch(state, next_state, actions) * (1 - next_state.on_ground)
        touches = (touches + touching) * (1 - next_state.on_ground)
        return (touches, (since + 1) * (1 - touching)), touching * (touches > limit) / (1 + since)

    return term


def _flight(limit: int) -> MemoryTerm:
    @with_memory(Flight(0.0, 0.0, np.zeros(3)))
    def term(carry: Any, state: State, next_state: State, actions: Array) -> Any:
        xp, air = namespace(state.boost), 1 - next_state.on_ground
        begun = xp.where((carry.seconds == 0)[..., None], state.position, carry.begun)
        highest = xp.maximum(carry.highest, next_state.position[..., 2]) * air
        landed = (carry.seconds > limit) & (next_state.on_ground > 0)
        distance = xp.sqrt(((next_state.position - begun) ** 2).sum(-1))
        return Flight((carry.seconds + 1) * air, highest, begun), xp.where(
            landed, distance / 1000 + carry.highest / 2000, 0.0
        )

    return term


def _turned(limit: int) -> MemoryTerm:
    @with_memory(np.zeros(3))
    def term(carry: Any, state: State, next_state: State, actions: Array) -> Any:
        xp = namespace(state.boost)
        carry = 0.9 * carry + next_state.angular_velocity / 15
        spin = xp.sqrt((carry**2).sum(-1))
        return carry, xp.where(spin > limit, (carry * next_state.forward).sum(-1), 0.0)

    return term


def _carried(limit: int) -> MemoryTerm:
    @with_memory(0.0)
    def term(carry: Any, state: State, next_state: State, actions: Array) -> Any:
        xp = namespace(state.boost)
        offset = next_state.ball_position[..., None, :] - next_state.position
        near = (xp.abs(offset[..., :2]).sum(-1) < 100 * limit) & (offset[..., 2] > 90)
        carry = xp.where(near, carry + 1, 0.0)
        return carry, carry.clip(0, 15) / 15

    return term


def _drained(limit: int) -> MemoryTerm:
    @with_memory((100.0, 0.0))
    def term(carry: Any, state: State, next_state: State, actions: Array) -> Any:
        xp = namespace(state.boost)
        least, empty = xp.minimum(carry[0], next_state.boost), carry[1]
        empty = xp.where(next_state.boost < limit, empty + 1, 0.0)
        return (least, empty), (next_state.boost - least) / 100 - 0.01 * (empty > 15)

    return term


class Arm:
    """An algorithm, its state, and a rollout that it learns from again and again."""

    def __init__(self, ppo: PPO, rollout: Rollout) -> None:
        self._ppo, self._rollout = ppo, rollout
        self._weights = reward_weights(ppo.config) | dict.fromkeys(ppo.game.memory_terms, np.float32(0.01))
        self._programs, self._state = compile_programs(ppo), jax.jit(ppo.init)()
        self._follow = jax.jit(lambda *arguments: follow_memory(ppo.game.memory_terms, *arguments))
        done = rollout.terminated | rollout.truncated
        self._decisions = jax.device_put((rollout.states[:-1], rollout.next_states(), rollout.actions, done))

    def update(self) -> float:
        """Update; returns seconds."""
        start = time.perf_counter()
        self._state, _ = jax.block_until_ready(self._programs.update(self._state, self._rollout, self._weights))
        return time.perf_counter() - start

    def follow(self) -> float:
        """Follow the memories through the rollout, without anything else of the update; returns seconds."""
        start = time.perf_counter()
        jax.block_until_ready(self._follow(self._state.reward_carry, *self._decisions))
        return time.perf_counter() - start


def measure(recipe: str, rounds: int) -> None:
    """Print a line for one recipe."""
    config = load_config(recipe, ["accelerator.compile_cache=.cache/benchmarks"])
    configure_device(config.accelerator)
    parts = build(config)
    with make_env(config.environment.physics, parts.spec, parts.num_workers, parts.num_groups) as env:
        collector = Collector(env, config.training.n_steps, parts.game.num_cars, config.batch.final_state_slots, 0)
        rollout = collector.collect(lambda states, uniforms: (uniforms * 90).astype(np.int32), 0)
    plain = Arm(parts.ppo, rollout)
    remembering = Arm(PPO(config, replace(parts.game, memory_terms=terms())), rollout)
    for arm in (plain, remembering):
        arm.update()
    remembering.follow()
    times = np.array([(plain.update(), remembering.update(), remembering.follow()) for _ in range(rounds)])  # [R, 3]
    without, with_them, alone = 1000 * np.median(times, axis=0)
    more = np.median(times[:, 1] / times[:, 0]) - 1
    size = f"{config.environment.num_envs} arenas x {config.training.n_steps} decisions"
    print(
        f"{recipe:<6}{size}: update {without:.0f} ms without, {with_them:.0f} ms with ten terms with memory "
        f"({more:+.1%}); the scan alone {alone:.1f} ms",
        flush=True,
    )


def main() -> None:
    """Measure the recipes that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", nargs="+", default=["cpu", "final"])
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print(describe_machine())
    for recipe in arguments.recipes:
        measure(recipe, arguments.rounds)


if __name__ == "__main__":
    main()
