"""How much of collecting and learning overlaps on four devices; part of `benchmarks.scale`.

    python -m benchmarks.scale_overlap --config gpu

A CPU passes for four devices. Collecting and the device's work are sleeps of known length, so whatever else takes time
is charged to the overlap: rollouts are copied, dealt out to the devices and added up there, and an action is chosen.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import jax
import numpy as np

from jaxrl.config.load import load_config
from jaxrl.config.payments import reward_weights
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.ppo.spread import Spread
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Act, Choice, Collector, Rollout
from jaxrl.training.build import make_game
from jaxrl.training.device import configure_device, learning_devices
from jaxrl.training.overlap import Overlap
from jaxrl.training.step import compile_programs

DEVICES = 4
FORCED = f"--xla_force_host_platform_device_count={DEVICES}"
LENGTHS = ((0.3, 0.2), (0.2, 0.3))  # seconds: of collecting, of the device
WARM_UP = 2  # updates


class Overlapped(NamedTuple):
    """One pair of lengths, seconds."""

    collect: float
    device: float
    both: float  # wall-clock of an update with the rollout beside it

    @property
    def hidden(self) -> float:
        """The share of the shorter one that costs nothing: 1 = all of it, 0 = one waits for the other."""
        return (self.collect + self.device - self.both) / min(self.collect, self.device)


class NoMetrics(NamedTuple):
    """What a stand-in update has to say."""

    shown: Any = None


class StandInCollector:
    """A `Collector` that takes `seconds` for a rollout, which is always the same."""

    physics_seconds = 0.0

    def __init__(self, rollout: Rollout, seconds: float) -> None:
        self._rollout, self._seconds = rollout, seconds

    def collect(self, act: Act, update: int, opponents: None = None) -> Rollout:
        """Choose once, and sleep for the rest of the time."""
        started = time.perf_counter()
        Choice.of(act(self._rollout.states[0], np.zeros(self._rollout.actions.shape[1:], np.float32)))
        sleep_until(started + self._seconds)
        return self._rollout


def empty_rollout(config: Config, state_size: int) -> Rollout:
    """A rollout `[T, N, C]` in which nothing happens."""
    t, n, c = config.training.n_steps, config.environment.num_envs, config.environment.num_cars
    slots = config.batch.final_state_slots
    return Rollout(
        np.zeros((t + 1, n, state_size), np.float32),
        np.zeros((t, n, c), np.int32),
        np.zeros((t, n), np.bool_),
        np.zeros((t, n), np.bool_),
        np.zeros((slots, state_size), np.float32),
        np.full((slots, 2), (t, 0), np.int32),
        log_probs=np.zeros((t, n, c), np.float32),
    )


def stand_in_update(seconds: float) -> Callable[..., tuple[TrainState, NoMetrics]]:
    """An update that takes the devices so long, from a rollout that is spread over them."""
    add_up = jax.jit(lambda rollout: rollout.states.sum() + rollout.actions.sum())

    def update(state: TrainState, rollout: Rollout, weights: Weights) -> tuple[TrainState, NoMetrics]:
        started = time.perf_counter()
        assert len(rollout.states.sharding.device_set) == DEVICES
        jax.block_until_ready(add_up(rollout))
        sleep_until(started + seconds)
        return state.replace(updates=state.updates + 1), NoMetrics()

    return update


def sleep_until(moment: float) -> None:
    """Sleep until a moment of `time.perf_counter`."""
    time.sleep(max(0.0, moment - time.perf_counter()))


def measure(config: Config, rounds: int) -> list[Overlapped]:
    """Every pair of lengths; in a process that was started with so many devices."""
    ppo = PPO(config, make_game(config), Spread.over(learning_devices(config)))
    programs = replace(compile_programs(ppo, overlap=True), show=None)
    rollout, weights = empty_rollout(config, ppo.game.state_size), reward_weights(config, 0)
    found = []
    for collect, device in LENGTHS:
        state = ppo.spread.put(jax.jit(ppo.init)())
        collector = cast(Collector, StandInCollector(rollout, collect))
        timings = []
        with Overlap(replace(programs, update=stand_in_update(device)), collector) as overlap:
            for _ in range(WARM_UP + rounds):
                state, _, timing = overlap(state, weights, is_last=False)
                timings.append(timing.seconds)
        found.append(Overlapped(collect, device, statistics.median(timings[WARM_UP:])))
    return found


def measure_apart(config: Path | str, rounds: int) -> list[Overlapped]:
    """As `measure`, in a process of its own: how many devices a CPU passes for is settled when JAX starts.

    Raises UserError with the last line that it says if it fails.
    """
    words = [sys.executable, "-m", "benchmarks.scale_overlap", "--config", str(config), "--rounds", str(rounds)]
    flags = f"{os.environ.get('XLA_FLAGS', '')} {FORCED}"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"overlap on {DEVICES} devices: {(done.stderr.strip().splitlines() or ['it failed'])[-1]}")
    return [Overlapped(*each) for each in json.loads(done.stdout)]


def main() -> None:
    """Measure, and print what was found for another program to read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="gpu")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    try:
        settings = [f"accelerator.devices={DEVICES}", "accelerator.compile_cache=.cache/benchmarks"]
        config = load_config(arguments.config, settings)
        configure_device(config.accelerator)
        print(json.dumps(measure(config, arguments.rounds)))
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
