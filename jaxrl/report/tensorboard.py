"""TensorBoard events, Weights & Biases and the progress bar of a run."""

import math
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams
from tqdm import tqdm

from jaxrl.config.load import dump_config
from jaxrl.config.schema import Config
from jaxrl.report.buffered_file import BufferedFiles
from jaxrl.report.progress import say
from jaxrl.report.tags import chart_layout, hyper_parameters

QUIET_REFRESH_SECONDS = 10.0  # so that a bar written to a file does not fill it


class RunDisplay:
    """TensorBoard events in `folder` and a progress bar; x axis and bar count environment steps."""

    def __init__(self, folder: Path, config: Config, env_steps: int = 0) -> None:
        """Start at `env_steps`; whatever an interrupted run logged beyond them disappears from the curves."""
        self._files, self._log_error = BufferedFiles(), None
        events = self._files.name(folder)
        self._writer = SummaryWriter(events, purge_step=env_steps + 1 if env_steps else None, flush_secs=10)
        # four spaces make TensorBoard's Markdown show text as it is
        self._writer.add_text("config", "\n".join("    " + line for line in dump_config(config).splitlines()), 0)
        self._writer.add_custom_scalars(chart_layout(config))
        event_writer = self._writer.file_writer
        assert event_writer is not None  # until the writer is closed
        for summary in hparams(hyper_parameters(config), {"eval/mean_reward": 0.0})[
            :2
        ]:  # the third marks the run as finished
            event_writer.add_summary(summary)
        self._wandb = _start_wandb(folder, config) if config.logging.wandb else None
        self._total = max(config.training.total_timesteps, env_steps)
        self._bar = tqdm(
            total=self._total,
            initial=env_steps,
            unit="step",
            unit_scale=True,
            dynamic_ncols=True,
            smoothing=0.1,
            mininterval=0.1 if sys.stderr.isatty() else QUIET_REFRESH_SECONDS,
        )

    def log(self, scalars: dict[str, float], env_steps: int) -> None:
        """Write all scalars except those that are NaN."""
        numbers = {tag: value for tag, value in scalars.items() if not math.isnan(value)}
        for tag, value in numbers.items():
            self._writer.add_scalar(tag, value, env_steps)
        if self._wandb is not None:
            self._wandb.log(numbers | {"env_steps": env_steps})
        error = self._files.file.error if self._files.file is not None else None
        if error is not None and self._log_error is None:
            say(f"{error}: events for TensorBoard wait in memory until they can be written")
        self._log_error = error

    def match(self, path: Path, title: str, env_steps: int) -> None:
        """Add a link to a match to TensorBoard's text panel."""
        self._writer.add_text("matches", f"{title}: [{path.name}]({path.as_uri()}), `{path}`", env_steps)

    def progress(self, env_steps: int, reward: float, updates: int) -> None:
        """Move the bar to `env_steps`."""
        with suppress(OSError):
            self._bar.set_postfix_str(f"reward {reward:+.4f}, update {updates}", refresh=False)
            self._bar.update(min(env_steps, self._total) - self._bar.n)

    def close(self) -> None:
        """Write everything that is still buffered and close."""
        self._bar.close()
        self._writer.close()
        if self._wandb is not None:
            self._wandb.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _start_wandb(folder: Path, config: Config) -> Any:
    """Start a run of Weights & Biases named after the event folder."""
    import wandb  # an optional dependency

    run = wandb.init(project="jaxrl", name=folder.name, dir=str(folder), config=config.model_dump(mode="json"))
    run.define_metric("*", step_metric="env_steps")
    return run
