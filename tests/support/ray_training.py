"""A training that collects in a Ray cluster, as a real process."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from support.cli import ROOT, TINY
from support.launched import Launched

SETTINGS = TINY | {
    "environment.num_envs": "4",
    "training.n_steps": "32",
    "cluster.rollouts": "2",
    "cluster.max_lag": "2",
    "training.total_timesteps": "10000000",
    "evaluation.eval_freq": "100000000",
    "logging.save_interval": "128",
    "logging.keep": "3",
}
STORE = 100_000_000  # bytes of a node's object store
# on a busy machine Ray's own niceness of 15 starves actors
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "PYTHONPATH": str(ROOT),
    "JAX_PLATFORMS": "cpu",
    "RAY_worker_niceness": "0",
}


class Training(Launched):
    """`train.py --cluster` in a process of its own."""

    def __init__(self, folder: Path, address: str, cache: dict[str, str], *more: str) -> None:
        words = [sys.executable, str(ROOT / "train.py"), "--config", "final", "--cluster", address, *more]
        settings = [word for key, value in (SETTINGS | cache).items() for word in ("--set", f"{key}={value}")]
        super().__init__(folder, [*words, *settings])

    def wait(self, reached: Callable[[], bool], seconds: float) -> float:
        """Seconds until `reached`."""
        started = time.monotonic()
        while not reached():
            assert self.process.poll() is None, self.text
            assert time.monotonic() - started < seconds, self.text
            time.sleep(0.05)
        return time.monotonic() - started

    def wait_for_updates(self, count: int, seconds: float) -> float:
        """Seconds until so many more updates are saved."""
        wanted = self.steps + 128 * count
        return self.wait(lambda: self.steps >= wanted, seconds)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)
