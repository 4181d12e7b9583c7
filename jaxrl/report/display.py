"""What a run shows while it trains: TensorBoard, Weights & Biases and the progress bar behind one object."""

import math
from pathlib import Path
from types import TracebackType
from typing import Self

from jaxrl.config.schema import Config
from jaxrl.report.progress import ProgressBar
from jaxrl.report.tensorboard import EventLog
from jaxrl.report.weights_and_biases import WandbRun

TOTAL = "reward/total_mean"  # every update logs it


class RunDisplay:
    """Everything a run shows; logs go to `folder`, and the x axis of curves and the bar is environment steps."""

    def __init__(self, folder: Path, config: Config, env_steps: int = 0) -> None:
        """Start at `env_steps`; whatever an interrupted run logged beyond them disappears from the curves."""
        self._events = EventLog(folder, config, env_steps)
        self._wandb = WandbRun(folder, config) if config.logging.wandb else None
        self._sizes: dict[str, float] = {}  # sums of the absolute values of each term since this process began
        self._updates = 0
        self._bar = ProgressBar(config.training.total_timesteps, env_steps)

    def log(self, scalars: dict[str, float], env_steps: int) -> None:
        """Write all scalars except those that are NaN."""
        numbers = {tag: value for tag, value in scalars.items() if not math.isnan(value)}
        self._events.log(numbers, env_steps)
        if TOTAL in numbers:
            self._arrange(numbers, env_steps)
        if self._wandb is not None:
            self._wandb.log(numbers, env_steps)

    def _arrange(self, numbers: dict[str, float], env_steps: int) -> None:
        """Arrange charts by the size of what an update logged: after the first, the second, the 4th, the 8th, ..."""
        self._updates += 1
        for tag, value in numbers.items():
            if tag.startswith("reward/"):
                self._sizes[tag] = self._sizes.get(tag, 0.0) + abs(value)
        if self._updates & (self._updates - 1) == 0:
            self._events.arrange(self._sizes, env_steps)

    def match(self, path: Path, title: str, env_steps: int) -> None:
        """Add a link to a match to TensorBoard's text panel."""
        self._events.match(path, title, env_steps)

    def progress(self, env_steps: int, reward: float, updates: int) -> None:
        """Move the bar to `env_steps`."""
        self._bar.move_to(env_steps, f"reward {reward:+.4f}, update {updates}")

    def close(self) -> None:
        """Write everything that is still buffered and close."""
        self._bar.close()
        self._events.close()
        if self._wandb is not None:
            self._wandb.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
