"""What all hosts but the first do: collect, learn with the others, and follow host 0 in everything else."""

from contextlib import ExitStack

import jax

from jaxrl.ppo.train_state import TrainState
from jaxrl.report.progress import say
from jaxrl.signals import StopSignals
from jaxrl.sim.engine import resolve
from jaxrl.training.build import Parts
from jaxrl.training.collecting import collect_here
from jaxrl.training.hosts.meeting import Hosts
from jaxrl.training.nan_guard import NanGuard
from jaxrl.training.stage import Stage


def follow(parts: Parts, hosts: Hosts, device: jax.Device) -> TrainState:
    """Train until the end, or until a signal came to any host; nothing is written here. Raises LostHostError."""
    config = parts.config
    state, engine = hosts.begin(jax.jit(parts.ppo.init)(), resolve(config.environment.physics))
    parts = parts.in_physics(engine)
    config = parts.config
    total, guard = config.training.total_timesteps, NanGuard(config.training.on_nan, say)
    with ExitStack() as stack:
        source, state = collect_here(parts, None, state, device, stack)
        stage = Stage(config, source, int(state.stage))
        hosts.watch(lambda line, _: say(line))
        say(f"host {hosts.index} of {hosts.number}: {hosts.arenas} arenas; host 0 logs, evaluates and saves")
        stop = stack.enter_context(StopSignals())
        while state.num_env_steps < total and not hosts.stops:
            hosts.asked = stop.received or 0
            before = state.num_env_steps
            is_last = before + config.batches[stage.number].env_steps >= total
            done = source.advance(state, stage.weights(state), is_last)
            assert done is not None, "arenas of this machine"
            state, metrics, _ = done
            guard.check(metrics, int(state.updates))
            state = stage(state, before)
        hosts.end()
    return state
