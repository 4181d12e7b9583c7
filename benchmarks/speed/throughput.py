"""Speed of the code, compared with the limits of the machine.

    python -m benchmarks.throughput --quick
    python -m benchmarks.throughput --full --png docs/images/throughput.png

RocketSim 2, and RocketSim 3 too where jaxrl-physics is installed.

All figures are measured in turns in one run, after a warm-up. Figures are medians of the rounds, and shares are medians
of each round's share, so that a slow minute of the machine affects both sides alike. Unless the table says otherwise:
1v1, tick skip 8, two MLPs of 3 x 256, 4 epochs, minibatches of 2,048, 16,384 transitions an update.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from tqdm import tqdm

from benchmarks.speed.limits import PhysicsLimit, PhysicsLimit3, forward_flops, matrix_products, update_flops
from benchmarks.speed.machine import describe_machine, kilobytes_an_arena, memory_of_processes
from jaxrl.config.load import load_config
from jaxrl.config.payments import reward_weights
from jaxrl.config.schema import Config
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.physics import Engine
from jaxrl.sim.cores import available_cores
from jaxrl.sim.engine import NAMES, make_env
from jaxrl.sim.rocketsim3.module import why_not
from jaxrl.sim.rollout import Act, Collector
from jaxrl.training.build import build
from jaxrl.training.device import configure_device, describe_device
from jaxrl.training.step import compile_programs

TRANSITIONS = 16_384
MINIBATCH = 2_048
QUICK_ROUNDS, FULL_ROUNDS = 7, 5
V3 = "v3_"  # begins the names of the figures of RocketSim 3
FULL_SIZES = [(num_envs, 1) for num_envs in (8, 32, 128, 512, 2048)] + [(128, 2), (128, 3)]


def make_config(
    num_envs: int, team_size: int, num_workers: int | str = "auto", physics: Engine = "rocketsim2"
) -> Config:
    """The config final.yaml with the sizes of the benchmark, on the standard observation."""
    n_steps = max(1, TRANSITIONS // (num_envs * 2 * team_size))
    transitions = num_envs * n_steps * 2 * team_size
    settings = {
        "environment.physics": physics,
        "environment.num_envs": num_envs,
        "environment.team_size": team_size,
        "environment.num_workers": num_workers,
        "training.n_steps": n_steps,
        "training.batch_size": num_envs * n_steps,
        "training.n_minibatches": max(1, transitions // MINIBATCH),
        # the standard observation, as peers use it and docs/performance.md counts it
        "observation.car_frame": "false",
        "observation.mirror": "false",
        "accelerator.compile_cache": ".cache/benchmarks",
    }
    return load_config("configs/final.yaml", [f"{key}={value}" for key, value in settings.items()])


class Trainer:
    """A training loop of one size, kept for several rounds."""

    def __init__(self, config: Config) -> None:
        self.config = config
        parts = build(config)
        self.game, ppo = parts.game, parts.ppo
        self.state = jax.jit(ppo.init)()
        self._programs = compile_programs(ppo)
        self._weights = reward_weights(config, 0)
        self.env = make_env(config.environment.physics, parts.spec, parts.num_workers, parts.num_groups)
        self._collector = Collector(
            self.env, config.training.n_steps, self.game.num_cars, config.batch.final_state_slots, 0
        )
        self._rounds = 0

    def collect_random(self) -> float:
        """Collect a rollout with a policy that costs nothing; returns seconds."""
        return self._collect(lambda states, uniforms: (uniforms * NUM_ACTIONS).astype(np.int32))

    def collect(self) -> float:
        """Collect a rollout with the network; returns seconds."""
        return self._collect(self.policy)

    @property
    def policy(self) -> Act:
        """The policy with the current parameters."""
        return self._programs.policy(self.state)

    def update(self) -> float:
        """Update on the last rollout; returns seconds."""
        start = time.perf_counter()
        self.state, _ = jax.block_until_ready(self._programs.update(self.state, self._rollout, self._weights))
        return time.perf_counter() - start

    def _collect(self, act: Act) -> float:
        self._rounds += 1
        start = time.perf_counter()
        self._rollout = self._collector.collect(act, self._rounds)
        return time.perf_counter() - start


class Arm(NamedTuple):
    """An engine that is measured: its loop, its physics alone, and what the names of its figures begin with."""

    trainer: Trainer
    physics: PhysicsLimit | PhysicsLimit3
    prefix: str


def measure(arms: Sequence[Arm], rounds: int, bar: tqdm) -> dict[str, np.ndarray]:
    """Measure every figure of one size, `[rounds]` each: rates in environment steps/s (products: operations/s)."""
    products = matrix_products(arms[0].trainer.config)
    for trainer, _, _ in arms:
        for _ in range(2):  # new arenas are slow, and programs are not compiled yet
            trainer.collect_random(), trainer.collect(), trainer.update()
    for run, _ in products.values():
        run()
    figures: dict[str, list[float]] = {}
    for number in range(rounds):
        one_round = {"product_limit": max(operations / timed(run) for run, operations in products.values())}
        for arm in arms if number % 2 == 0 else reversed(arms):
            one_round |= {f"{arm.prefix}{name}": value for name, value in measure_arm(arm).items()}
        for name, value in one_round.items():
            figures.setdefault(name, []).append(value)
        bar.update()
    return {name: np.array(values) for name, values in figures.items()}


def measure_arm(arm: Arm) -> dict[str, float]:
    """Measure an engine once: rates in environment steps/s."""
    trainer, steps = arm.trainer, arm.trainer.config.batch.env_steps
    # of RocketSim 3 a rollout takes a tenth of a second, in which one interruption would show
    physics_limit = arm.physics.measure(4 * trainer.config.training.n_steps)
    random, collect, update = trainer.collect_random(), trainer.collect(), trainer.update()
    return {
        "physics_limit": physics_limit,
        "collect_random": steps / random,
        "collect_policy": steps / collect,
        "update": steps / update,
        "loop": steps / (collect + update),
    }


def timed(run: Callable[[], object]) -> float:
    """Seconds of the faster of two calls."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def shares(config: Config, figures: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Every rate of an engine as a share of the limit of the machine, `[rounds]` each."""
    update = update_flops(config) / config.batch.env_steps  # operations a step
    act = forward_flops(config, with_critic=False) * config.environment.num_cars
    of = {name.removeprefix(prefix): values for name, values in figures.items() if name.startswith(prefix)}
    limit = 1 / (1 / of["physics_limit"] + (update + act) / figures["product_limit"])
    found = {
        "collect_share_random": of["collect_random"] / of["physics_limit"],
        "collect_share_policy": of["collect_policy"] / of["physics_limit"],
        "update_share": of["update"] * update / figures["product_limit"],
        "loop_share": of["loop"] / limit,
    }
    if prefix:  # against RocketSim 2, within each round
        rates = ("physics_limit", "collect_random", "collect_policy", "loop")
        found |= {f"{name}_ratio": of[name] / figures[name] for name in rates}
    return {f"{prefix}{name}": values for name, values in found.items()}


def run_size(num_envs: int, team_size: int, workers: int, rounds: int, bar: tqdm) -> dict[str, float]:
    """Measure one size: medians of all figures and shares, and the memory."""
    with ExitStack() as stack:
        arms, memory = [], {}
        config = make_config(num_envs, team_size, workers)
        trainer = stack.enter_context(closing_arenas(Trainer(config)))
        arms.append(Arm(trainer, stack.enter_context(PhysicsLimit(trainer.env.spec, available_cores())), ""))
        if why_not() is None:
            memory[f"{V3}memory_kb"] = kilobytes_an_arena(trainer.env.spec)
            trainer = stack.enter_context(
                closing_arenas(Trainer(make_config(num_envs, team_size, workers, "rocketsim3")))
            )
            arms.append(Arm(trainer, stack.enter_context(PhysicsLimit3(trainer.env.spec, available_cores())), V3))
        figures = measure(arms, rounds, bar)
        memory |= memory_of_processes(arms[0].trainer.env.worker_pids)
    for arm in arms:
        figures |= shares(config, figures, arm.prefix)
    return {name: float(np.median(values)) for name, values in figures.items()} | memory


@contextmanager
def closing_arenas(trainer: Trainer) -> Iterator[Trainer]:
    """The trainer, whose arenas are closed in the end."""
    with trainer.env:
        yield trainer


def print_table(results: dict[tuple[int, int, int], dict[str, float]], prefix: str) -> None:
    """Print a Markdown table of an engine with a row for each size."""
    columns = ["arenas", "cars a side", "workers", "physics limit", "collect, random", "share", "collect, policy"]
    columns += ["share", "update", "share", "loop", "share", "KB an arena" if prefix else "memory, MB"]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for (num_envs, team_size, workers), r in results.items():
        cells = [f"{num_envs:,}", f"{team_size}", f"{workers}", f"{r[f'{prefix}physics_limit']:,.0f}"]
        for rate, share in (
            ("collect_random", "collect_share_random"),
            ("collect_policy", "collect_share_policy"),
            ("update", "update_share"),
            ("loop", "loop_share"),
        ):
            cells += [f"{r[prefix + rate]:,.0f}", f"{r[prefix + share]:.2f}"]
        print(f"| {' | '.join(cells)} | {r[f'{V3}memory_kb' if prefix else 'total_mb']:,.0f} |")


def print_ratios(figures: dict[str, float]) -> None:
    """Print how RocketSim 3 compares with RocketSim 2, medians of the ratios within rounds."""
    names = {"physics_limit": "physics alone", "collect_random": "collect, random"}
    names |= {"collect_policy": "collect, policy", "loop": "loop"}
    ratios = ", ".join(f"{text} {figures[f'{V3}{name}_ratio']:.2f}" for name, text in names.items())
    above = figures[f"{V3}collect_policy"] / figures["physics_limit"]
    print(f"\nRocketSim 3 / 2: {ratios}; collecting in 3 with the policy / physics of 2 alone: {above:.2f}")


def plot(results: dict[tuple[int, int, int], dict[str, float]], png: Path, title: str) -> None:
    """Draw microseconds per environment step against the number of arenas, 1v1."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sizes = [key for key in results if key[1] == 1 and key[2] == available_cores()]
    figure, axis = plt.subplots(figsize=(8, 5), constrained_layout=True)
    labels = {
        "loop": "the whole loop",
        "update": "update",
        "collect_policy": "collecting, real policy",
        "collect_random": "collecting, random actions",
        "physics_limit": "physics alone",
    }
    for name, label in labels.items():
        axis.plot([n for n, *_ in sizes], [1e6 / results[key][name] for key in sizes], marker="o", label=label)
    axis.set(xscale="log", ylim=(0, None), xlabel="arenas", ylabel="microseconds an environment step")
    axis.set_xticks([n for n, *_ in sizes], [str(n) for n, *_ in sizes])
    axis.minorticks_off()
    axis.grid(alpha=0.3)
    axis.legend()
    axis.set_title(title, fontsize=10)
    png.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png, dpi=110)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--quick", action="store_true", help="128 arenas of 1v1 only")
    size.add_argument("--full", action="store_true", help="all sizes and numbers of workers")
    parser.add_argument("--json", type=Path, help="write the figures of 128 arenas of 1v1 to this file")
    parser.add_argument("--png", type=Path, help="draw the cost of a step against the number of arenas (with --full)")
    arguments = parser.parse_args()
    if arguments.png and arguments.quick:
        parser.error("--png draws the sizes of --full")
    sizes = [(128, 1, available_cores())]
    if arguments.full:
        sizes = [(n, team, available_cores()) for n, team in FULL_SIZES]
        sizes += [(128, 1, workers) for workers in (1, 2, 4, 8, 16, 32) if workers < available_cores()]
    rounds = FULL_ROUNDS if arguments.full else QUICK_ROUNDS
    device = configure_device(make_config(128, 1).accelerator)
    print(f"{describe_machine()}, {describe_device(device)}")
    results = {}
    with tqdm(total=rounds * len(sizes), unit="round") as bar:
        for num_envs, team_size, workers in sizes:
            bar.set_postfix_str(f"{num_envs} arenas of {team_size}v{team_size}, {workers} workers")
            results[num_envs, team_size, workers] = run_size(num_envs, team_size, workers, rounds, bar)
    print(f"\nenvironment steps/s, medians of {rounds} rounds; shares are of the limits of the machine")
    for prefix, engine in (("", "rocketsim2"), (V3, "rocketsim3")):
        if all(f"{prefix}loop" in figures for figures in results.values()):
            print(f"\n{NAMES[engine]}:\n")
            print_table(results, prefix)
    main_size = results[128, 1, available_cores()]
    print(f"\nbest rate of matrix products: {main_size['product_limit'] / 1e9:.0f} GFLOP/s")
    print(f"memory: {main_size['total_mb']:,.0f} MB in all, {main_size['worker_mb'] / 128:.2f} MB an arena in workers")
    if f"{V3}loop" in main_size:
        print_ratios(main_size)
    if arguments.json:
        arguments.json.write_text(json.dumps(main_size, indent=2) + "\n", encoding="utf-8")
    if arguments.png:
        plot(results, arguments.png, describe_machine())


if __name__ == "__main__":
    main()
