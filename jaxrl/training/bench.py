"""A few updates of a config, timed: the trainer's own step without its surroundings."""

from types import TracebackType
from typing import Self

import jax

from jaxrl.config.payments import reward_weights
from jaxrl.config.schema import Config
from jaxrl.report.progress import say
from jaxrl.report.tags import Timing
from jaxrl.sim.engine import describe, make_env, resolve
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import build
from jaxrl.training.device import configure_device, describe_device
from jaxrl.training.overlap import Overlap, overlaps
from jaxrl.training.step import compile_programs, step


class Loop:
    """A training loop that reports and saves nothing: a context, as it has arenas and a thread."""

    def __init__(self, config: Config, overlap: bool) -> None:
        parts, training = build(config), config.training
        self.config, self._overlaps = config, overlap
        self.state, self._weights = jax.jit(parts.ppo.init)(), reward_weights(config, 0)
        self.programs = compile_programs(parts.ppo, None, config.environment.one_by_one, overlap=overlap)
        engine = resolve(config.environment.physics)
        self._env = make_env(engine, parts.spec, parts.num_workers, parts.num_groups, say)
        slots, seed = config.batch.final_state_slots, training.seed
        self.collector = Collector(self._env, training.n_steps, parts.game.num_cars, slots, seed)
        self._overlap = Overlap(self.programs, self.collector)

    def go(self, updates: int) -> list[Timing]:
        """So many updates; returns their times."""
        timings = []
        for _ in range(updates):
            if self._overlaps:
                self.state, _, timing = self._overlap(self.state, self._weights, is_last=False)
            else:
                self.state, _, timing = step(self.programs, self.collector, self.state, self._weights)
            timings.append(timing)
        return timings

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._overlap.__exit__(kind, error, trace)
        self._env.close()


def measure(config: Config, warm_up: int, updates: int) -> tuple[str, list[Timing]]:
    """Device and physics in words, and the times of each of `updates` updates after `warm_up` that do not count."""
    device = configure_device(config.accelerator)
    with Loop(config, overlaps(config)) as loop:
        loop.go(warm_up)
        timings = loop.go(updates)
    return f"{describe_device(device)}, {describe(resolve(config.environment.physics))}", timings
