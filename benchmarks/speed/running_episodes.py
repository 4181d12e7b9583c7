"""What it costs that a resumed run in RocketSim 3 goes on with the episodes that were running.

    python -m benchmarks.running_episodes

Needs `pip install ./native`. Plays random actions until episodes of every age are running, then prints for each number
of arenas: decisions in the running episodes, size of the file in a checkpoint, and the seconds (medians) of gathering,
writing, reading and playing again.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import describe_machine
from jaxrl.checkpoints.episodes import read_episodes, write_episodes
from jaxrl.checkpoints.files import EPISODES_FILE
from jaxrl.config.load import load_config
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.sim.cores import available_cores
from jaxrl.sim.rocketsim3.env import RocketSim3Env
from jaxrl.sim.rollout import InProgress
from jaxrl.training.build import sim_spec


def seconds(do: Callable[[], object], rounds: int) -> float:
    """The median over `rounds` calls."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        do()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(num_envs: int, decisions: int, rounds: int) -> None:
    """Print the line of one number of arenas."""
    config = load_config("final", [f"environment.num_envs={num_envs}", "training.batch_size=null"])
    rng = np.random.default_rng(0)
    with RocketSim3Env(sim_spec(config), available_cores()) as env, tempfile.TemporaryDirectory() as made:
        folder, shape = Path(made), (num_envs, env.spec.num_cars)
        env.reset()
        for _ in range(decisions):
            env.step(rng.integers(0, NUM_ACTIONS, shape).astype(np.int32))
        running = env.running_episodes()
        assert running is not None
        gather = seconds(env.running_episodes, rounds)
        write = seconds(lambda: write_episodes(folder, InProgress(running, 0)), rounds)
        read = seconds(lambda: read_episodes(folder), rounds)
        again: list[bool] = []
        replay = seconds(lambda: again.append(env.continue_episodes(running)), rounds)
        assert all(again)
        size, played = (folder / EPISODES_FILE).stat().st_size, int(running.lengths.sum())
    print(
        f"{num_envs} arenas: {played:,} decisions (longest {running.lengths.max():,}), {size / 2**20:.2f} MB; "
        f"gather {gather:.4f} s, write {write:.4f} s, read {read:.4f} s, play again {replay:.2f} s",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--decisions", type=int, default=900, help="played before")
    parser.add_argument("--num-envs", type=int, nargs="+", default=[128, 2048])
    arguments = parser.parse_args()
    print(describe_machine())
    for num_envs in arguments.num_envs:
        measure(num_envs, arguments.decisions, arguments.rounds)


if __name__ == "__main__":
    main()
