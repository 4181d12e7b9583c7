"""A few updates of a config, timed: the trainer's own step without its surroundings."""

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


def measure(config: Config, warm_up: int, updates: int) -> tuple[str, list[Timing]]:
    """Device and physics in words, and the times of each of `updates` updates after `warm_up` that do not count."""
    device = configure_device(config.accelerator)
    parts, training = build(config), config.training
    state, weights = jax.jit(parts.ppo.init)(), reward_weights(config, 0)
    at_once, timings = overlaps(config), []
    programs = compile_programs(parts.ppo, device, config.environment.one_by_one, overlap=at_once)
    engine = resolve(config.environment.physics)
    with make_env(engine, parts.spec, parts.num_workers, parts.num_groups, say) as env:
        collector = Collector(env, training.n_steps, parts.game.num_cars, config.final_state_slots, training.seed)
        with Overlap(programs, collector) as overlap:
            for _ in range(warm_up + updates):
                if at_once:
                    state, _, timing = overlap(state, weights, is_last=False)
                else:
                    state, _, timing = step(programs, collector, state, weights)
                timings.append(timing)
    return f"{describe_device(device)}, {describe(engine)}", timings[warm_up:]
