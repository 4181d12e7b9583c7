"""What an accelerator makes of a recipe, and which sizes suit it: under eight minutes, nothing but this repository.

    python -m benchmarks.gpu --json gpu.json                                  # on the card
    python -m benchmarks.gpu --config configs/low_memory.yaml --minutes 2     # runs on a CPU, too

1. The latency of act with its copies, from 16 to 4,096 arenas.
2. The update by precision, as a share of the rate that matrix products of its shapes reach.
3. The whole loop in turn and overlapping, as a share of collecting alone and of the longer of the two, and for how much
   of the time the device does nothing.
4. The same loop with other numbers of arenas and minibatches, the best first, until --minutes are over.

RocketSim 3 where it is installed. Everything is a median of some rounds, after a warm-up; nothing is saved but --json.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from benchmarks.speed.limits import PRODUCTS, matrix_products, update_flops
from benchmarks.speed.machine import describe_machine
from jaxrl.config.load import load_config
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.ppo.update import PPO
from jaxrl.sim.cores import available_cores
from jaxrl.sim.engine import describe, resolve
from jaxrl.streams import tell
from jaxrl.training.bench import Loop
from jaxrl.training.build import make_game
from jaxrl.training.device import configure_device, describe_device
from jaxrl.training.step import compile_programs

ARENAS = (16, 64, 256, 1024, 4096)
PRECISIONS = ("float32", "tf32", "bfloat16")
ENVS, MINIBATCHES = (256, 512, 1024, 2048), (2048, 8192, 32_768)  # of the sweep; transitions
WARM_UP, ROUNDS = 2, 5

Row = dict[str, Any]


def seconds(call: Callable[[], Any], rounds: int) -> float:
    """Median seconds of a call that returns device arrays, until they are there."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        jax.block_until_ready(call())
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def act_latency(config: Config) -> list[Row]:
    """Seconds of one inference with its copies, as a collector asks for it, by number of arenas."""
    ppo = PPO(config, make_game(config))
    state, rows = jax.jit(ppo.init)(), []
    rng = np.random.default_rng(0)
    for overlap in (False, True):
        act = compile_programs(ppo, overlap=overlap).policy(state)
        for arenas in ARENAS:
            states = rng.normal(size=(arenas, ppo.game.state_size)).astype(np.float32)
            uniforms = rng.random((arenas, ppo.game.num_cars), np.float32)
            act(states, uniforms)
            found = seconds(lambda act=act, s=states, u=uniforms: act(s, u), 50)
            rows.append({"arenas": arenas, "log_probs": overlap, "milliseconds": 1e3 * found})
    return rows


def update_rates(config: Config, precisions: Sequence[str]) -> list[Row]:
    """The update of one rollout by precision, and the best rate of matrix products of its shapes, operations/s."""
    rows = []
    for precision in precisions:
        settings = {"accelerator": config.accelerator.model_copy(update={"precision": precision})}
        each = config.model_copy(update=settings)
        configure_device(each.accelerator)
        products = matrix_products(each)
        with Loop(each, overlap=False) as loop:
            loop.go(WARM_UP)
            update = statistics.median(timing.update_seconds for timing in loop.go(ROUNDS))
        reached = max(operations / seconds(run, ROUNDS) for run, operations in products.values())
        rate = update_flops(each) / update
        rows.append(
            {"precision": precision, "update": update, "rate": rate, "products": reached, "share": rate / reached}
        )
    configure_device(config.accelerator)
    return rows


def loop_rates(config: Config) -> Row:
    """Steps/s in turn and overlapping, of collecting and learning alone, and the share in which the device idles."""
    steps, found = config.batch.env_steps, {}
    with Loop(config, overlap=False) as loop:
        loop.go(WARM_UP)
        timings = loop.go(ROUNDS)
        collect, update = (
            statistics.median(getattr(each, name) for each in timings) for name in ("collect_seconds", "update_seconds")
        )
        in_turn = statistics.median(each.seconds for each in timings)
        acting = act_seconds_on_device(loop)
    with Loop(config, overlap=True) as loop:
        loop.go(WARM_UP)
        overlapping = statistics.median(each.seconds for each in loop.go(ROUNDS))
    rates = {"collect": collect, "update": update, "in_turn": in_turn, "overlapping": overlapping}
    found |= {name: steps / taken for name, taken in rates.items()}
    found["of_collect_in_turn"], found["of_collect"] = collect / in_turn, collect / overlapping
    found["of_longer"] = max(collect, update) / overlapping
    found["hidden"] = (collect + update - overlapping) / min(collect, update)
    found["idle"] = max(0.0, 1 - (update + acting) / overlapping)
    found["peak_gb"] = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use", 0) / 2**30
    return found


def act_seconds_on_device(loop: Loop) -> float:
    """Seconds of all inferences of a rollout on the device alone: many in a row, so that a call does not count."""
    env, state = loop.collector.state, loop.state
    group = env[: -(-len(env) // 2)]
    uniforms = np.zeros((len(group), loop.config.environment.num_cars), np.float32)
    states, uniforms = jax.device_put((group, uniforms))

    def many() -> list[Any]:
        return [loop.programs.act(state.params, state.obs_stats, states, uniforms) for _ in range(PRODUCTS)]

    many()
    return seconds(many, ROUNDS) / PRODUCTS * 2 * loop.config.training.n_steps


def sized(config: Config, num_envs: int, minibatch: int) -> Config | None:
    """The config with other sizes and as many steps an update as before, or more; None where they do not fit."""
    n_steps = max(16, config.batch.env_steps // num_envs)
    transitions = num_envs * n_steps * config.environment.num_cars
    if transitions % minibatch or transitions < minibatch:
        return None
    training = {"n_steps": n_steps, "batch_size": num_envs * n_steps, "n_minibatches": transitions // minibatch}
    return config.model_copy(
        update={
            "training": config.training.model_copy(update=training),
            "environment": config.environment.model_copy(update={"num_envs": num_envs}),
        }
    )


def sweep(config: Config, until: float) -> list[Row]:
    """The overlapping loop with other sizes, until the time is over; the best first."""
    rows = []
    for num_envs in ENVS:
        for minibatch in MINIBATCHES:
            each = sized(config, num_envs, minibatch)
            if each is None or time.monotonic() > until:
                continue
            try:
                with Loop(each, overlap=True) as loop:
                    loop.go(WARM_UP)
                    taken = statistics.median(timing.seconds for timing in loop.go(ROUNDS))
            except UserError as error:  # more than fits into its memory
                tell(f"{num_envs} arenas: {error}")
                continue
            rows.append(
                {"num_envs": num_envs, "minibatch": minibatch, "steps_per_second": each.batch.env_steps / taken}
            )
    return sorted(rows, key=lambda row: -row["steps_per_second"])


def show(rows: Sequence[Row]) -> None:
    """Print rows as a Markdown table."""
    if rows:
        tell(f"\n| {' | '.join(rows[0])} |\n{'|---' * len(rows[0])}|")
    for row in rows:
        tell(f"| {' | '.join(f'{v:,.3g}' if isinstance(v, float) and v < 100 else _text(v) for v in row.values())} |")


def _text(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def main() -> None:
    """Measure and print all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/gpu.yaml")
    parser.add_argument("--minutes", type=float, default=7.0, help="after which no other sizes are tried")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    arguments = parser.parse_args()
    until = time.monotonic() + 60 * arguments.minutes
    config = load_config(arguments.config, ["accelerator.compile_cache=.cache/benchmarks"])
    device = configure_device(config.accelerator)
    physics = describe(resolve(config.environment.physics))
    where = f"{describe_device(device)}, {available_cores()} cores, {physics}, {describe_machine()}"
    sizes = f"{config.environment.num_envs} arenas, {config.batch.env_steps:,} steps an update"
    tell(f"{where}; {arguments.config}: {sizes}")
    found: Row = {"where": where, "config": arguments.config}
    parts: dict[str, Callable[[], list[Row]]] = {
        "act": lambda: act_latency(config),
        "update": lambda: update_rates(config, arguments.precisions),
        "loop": lambda: [loop_rates(config)],
        "sizes": lambda: sweep(config, until),
    }
    for name, part in parts.items():
        found[name] = part()
        show(found[name])
        if arguments.json:  # after each: the machine may be gone before the end
            arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
