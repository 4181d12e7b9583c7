"""TensorBoard's events of a run."""

import json
import queue
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tensorboardX import SummaryWriter, event_file_writer
from tensorboardX.proto import summary_pb2
from tensorboardX.summary import custom_scalars, hparams, scalar

from jaxrl.config.load import dump_config
from jaxrl.config.schema import Config
from jaxrl.report.buffered_file import BufferedFiles
from jaxrl.report.charts import chart_layout
from jaxrl.report.progress import say
from jaxrl.report.tags import hyper_parameters


class ThreadQueue(queue.Queue):
    """A queue to the thread that writes events, which uses no file in /dev/shm as multiprocessing's would."""

    def close(self) -> None:
        """Do nothing, for tensorboardX."""


# an event of each number would take some 20 us; a reader of the file wants short ones nevertheless
VALUES = 16  # of an event
PROTO = cast(Any, summary_pb2)  # its messages are made when it is imported

cast(Any, event_file_writer).multiprocessing = SimpleNamespace(Queue=ThreadQueue)


class EventLog:
    """Events in `folder`; a disk that is full delays them and stops nothing."""

    def __init__(self, folder: Path, config: Config, env_steps: int) -> None:
        """Write the config, the layout of charts and the hyper-parameters; events beyond `env_steps` are purged."""
        self._files, self._error, self._restored = BufferedFiles(), None, 0
        self._names: dict[str, str] = {}  # of tags
        events = self._files.name(folder)
        self._writer = SummaryWriter(events, purge_step=env_steps + 1 if env_steps else None, flush_secs=10)
        # four spaces make TensorBoard's Markdown show text as it is
        self._writer.add_text("config", "\n".join("    " + line for line in dump_config(config).splitlines()), 0)
        self._config, self._layout = config, chart_layout(config)
        self._writer.add_custom_scalars(self._layout)
        event_writer = self._writer.file_writer
        assert event_writer is not None  # until the writer is closed
        experiment, start, _ = hparams(hyper_parameters(config), {"eval/mean_reward": 0.0})  # the third marks the end
        for summary in (experiment, start):
            event_writer.add_summary(summary)

    def log(self, numbers: dict[str, float], env_steps: int) -> None:
        """Log `numbers` at `env_steps`; reports once when the disk begins to refuse them, and if they were deleted."""
        event_writer = self._writer.file_writer
        assert event_writer is not None  # until the writer is closed
        values = [PROTO.Summary.Value(tag=self._name(tag), simple_value=value) for tag, value in numbers.items()]
        for begin in range(0, len(values), VALUES):
            event_writer.add_summary(PROTO.Summary(value=values[begin : begin + VALUES]), env_steps)
        self._report_faults()

    def _name(self, tag: str) -> str:
        """What TensorBoard calls a tag: tensorboardX says which characters may be in it."""
        if tag not in self._names:
            self._names[tag] = scalar(tag, 0.0).value[0].tag
        return self._names[tag]

    def arrange(self, sizes: Mapping[str, float], env_steps: int) -> None:
        """Put the charts of reward groups in the order of `sizes`, see `chart_layout`; a page shows it when loaded."""
        layout = chart_layout(self._config, sizes)
        # equal mappings may be in another order
        if json.dumps(layout) != json.dumps(self._layout) and (writer := self._writer.file_writer) is not None:
            writer.add_summary(custom_scalars(layout), env_steps)
            self._layout = layout

    def _report_faults(self) -> None:
        """Say what has happened to the file since the last call."""
        if (file := self._files.file) is None:
            return
        error, restored = file.error, file.restored
        if restored > self._restored:
            say(f"{file.path}: was deleted or moved while training; all events so far are written anew")
        self._restored = restored
        if error is not None and self._error is None:
            say(f"{error}: events for TensorBoard wait in memory until they can be written")
        self._error = error

    def match(self, path: Path, title: str, env_steps: int) -> None:
        """Add a link to a match to the text panel."""
        self._writer.add_text("matches", f"{title}: [{path.name}]({path.as_uri()}), `{path}`", env_steps)

    def close(self) -> None:
        """Write everything that is still buffered."""
        self._writer.close()
        self._report_faults()
