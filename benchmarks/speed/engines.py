"""RocketSim 2 and 3 in turns: physics alone, and collecting with random actions.

    python -m benchmarks.engines

Needs `pip install ./native`. Prints environment steps (decisions of an arena) a second, medians over rounds, and ratios
within rounds; memory as growth of this process while arenas of RocketSim 3 are made.
"""

import argparse
import statistics
import time

import numpy as np

from benchmarks.speed.limits import PhysicsLimit, PhysicsLimit3
from benchmarks.speed.machine import describe_machine, kilobytes_an_arena
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.sim.cores import available_cores
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.rocketsim3.env import RocketSim3Env
from jaxrl.sim.spec import SimSpec

WARM_UP_DECISIONS = 40


class Random:
    """Collecting with random actions, which are drawn before the clock starts."""

    def __init__(self, env: RocketSimEnv | RocketSim3Env) -> None:
        self._env = env
        self._rng = np.random.default_rng(0)
        env.reset()
        self.measure(WARM_UP_DECISIONS)

    def measure(self, decisions: int) -> float:
        """Environment steps per second."""
        env = self._env
        shape = (decisions, env.num_envs, env.spec.num_cars)
        actions = self._rng.integers(0, NUM_ACTIONS, shape).astype(np.int32)
        start = time.perf_counter()
        for group, members in enumerate(env.groups):
            env.send(group, actions[0, members])
        for chosen in actions[1:]:
            for group, members in enumerate(env.groups):
                env.receive(group)
                env.send(group, chosen[members])
        for group in range(len(env.groups)):
            env.receive(group)
        return env.num_envs * decisions / (time.perf_counter() - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--decisions", type=int, default=150, help="in a round")
    parser.add_argument("--num-envs", type=int, default=128)
    arguments = parser.parse_args()
    starts = (("kickoff", 0.4), ("near_ball", 0.6))
    spec = SimSpec(arguments.num_envs, 1, 8, 1, 300 * 120, 20 * 120, starts, seed=0)
    cores = available_cores()
    print(f"{describe_machine()}; {spec.num_envs} arenas of 1v1, {cores} processes or threads, random actions")
    print(f"memory of an arena of RocketSim 3: {kilobytes_an_arena(spec):.0f} KB")

    rates: dict[str, list[float]] = {}
    with (
        PhysicsLimit(spec, cores) as limit,
        PhysicsLimit3(spec, cores) as limit_3,
        RocketSimEnv(spec, cores, 2) as two,
        RocketSim3Env(spec, cores, 2) as three,
    ):
        arms = {"physics 2 alone": limit, "collect 2": Random(two)}
        arms |= {"physics 3 alone": limit_3, "collect 3": Random(three)}
        for number in range(arguments.rounds):
            for name in list(arms) if number % 2 else reversed(arms):
                rates.setdefault(name, []).append(arms[name].measure(arguments.decisions))
    for name, values in rates.items():
        print(f"{name:<16}{statistics.median(values):>10,.0f} a second")
    for base in ("physics 2 alone", "collect 2", "physics 3 alone"):
        ratios = [three / other for three, other in zip(rates["collect 3"], rates[base], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"collect 3 / {base}: {middle:.2f} (quartiles {low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
