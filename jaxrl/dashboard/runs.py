"""The runs of a page: found, read, and told of as plain data."""

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from jaxrl.checkpoints.files import checkpoint_info
from jaxrl.dashboard.curves import thin
from jaxrl.dashboard.events import PATTERN, RunEvents
from jaxrl.dashboard.panels import Panel, panels
from jaxrl.dashboard.saved import Saved
from jaxrl.dashboard.settings import Settings, settings
from jaxrl.dashboard.status import faults, limit, pace, stage_status
from jaxrl.errors import UserError

MAX_RUNS = 8  # that colours tell apart


class Run:
    """A run and what there is to know of it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.events = RunEvents(folder)
        self.read = 0.0  # share of its files
        self._saved = Saved(folder)
        self._config, self._settings = "", Settings()

    @property
    def settings(self) -> Settings:
        """What its config says."""
        if self.events.config != self._config:
            self._config = self.events.config
            self._settings = settings(self._config, self.events.folder)
        return self._settings

    def status(self) -> dict[str, Any]:
        """What the page's head says of it."""
        series, known = self.events.series, self.settings
        stage, share = stage_status(series, known), limit(series)
        checkpoints = self._saved.find(known.checkpoints)
        return {
            "name": self.name,
            "folder": str(self.events.folder),
            "read": self.read,
            "version": self.events.version,
            "trouble": self.events.trouble,
            "pace": pace(series, known, time.time())._asdict(),
            "limit": None if share is None else share._asdict(),
            "stage": None if stage is None else stage._asdict() | {"missing": [one._asdict() for one in stage.missing]},
            "faults": faults(series),
            "checkpoints": checkpoints,
            "checkpoint_folder": None if known.checkpoints is None else str(known.checkpoints),
            "newest": {tag: each.last for tag, each in series.items() if len(each)},
        }


class Runs:
    """Up to eight runs; every call reads a little further. Several threads may call."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._lock = Lock()
        names = short_names(folders)
        self.runs = [Run(folder, name) for folder, name in zip(folders, names, strict=True)]

    def status(self) -> dict[str, Any]:
        """Read what is new, and say how the runs do and which charts there are."""
        with self._lock:
            for run in self.runs:
                run.read = run.events.read()
            return plain({"runs": [run.status() for run in self.runs], "panels": [*map(_told, self._panels())]})

    def curves(self, key: str) -> dict[str, Any] | None:
        """The curves of a chart, of each run by tag; None if there is no such chart."""
        with self._lock:
            panel = next((panel for panel in self._panels() if panel.key == key), None)
            if panel is None:
                return None
            return plain({"runs": [self._curves(run, panel) for run in self.runs]})

    def _panels(self) -> list[Panel]:
        return panels(tag for run in self.runs for tag, series in run.events.series.items() if len(series))

    def _curves(self, run: Run, panel: Panel) -> dict[str, Any]:
        found = {}
        for tag in panel.tags:
            if (series := run.events.series.get(tag)) is not None and len(series):
                curve = thin(series)
                found[tag] = {
                    "steps": curve.steps.tolist(),
                    "hours": [round((each - series.times[0]) / 3600, 5) for each in curve.times.tolist()],
                    "values": [float(f"{each:.7g}") for each in curve.values.tolist()],
                    "width": curve.width,
                }
        return found


def plain(value: Any) -> Any:
    """The same for JSON, which knows neither NaN nor infinity: None there."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [*map(plain, value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _told(panel: Panel) -> dict[str, Any]:
    return panel._asdict() | {"key": panel.key}


def find_runs(folders: Sequence[Path], may_be_empty: bool = False) -> list[Path]:
    """The folder of a run for each of `folders`: itself if it holds events, or that of the newest run in it.

    Raises UserError where there is none, unless it `may_be_empty` for now, or for more than MAX_RUNS.
    """
    found = list(dict.fromkeys(_find_run(folder, may_be_empty) for folder in folders))
    if len(found) > MAX_RUNS:
        raise UserError(f"LOG_FOLDER: {len(found)} runs, of which a page compares at most {MAX_RUNS}")
    return found


def _find_run(folder: Path, may_be_empty: bool) -> Path:
    if not folder.is_dir() and not may_be_empty:
        raise UserError(f"{folder}: no such folder")
    try:
        if may_be_empty or any(folder.glob(PATTERN)):
            return folder
        events = [(path.stat().st_mtime, path.parent) for path in folder.glob(f"*/{PATTERN}")]
    except OSError as error:
        raise UserError(f"{folder}: cannot be read ({error.strerror})") from error
    if not events:
        raise UserError(f"{folder}: no run: neither it nor a folder in it holds a file named events.out.tfevents...")
    return max(events)[1]


def logs_of(bot: Path) -> Path | None:
    """The folder of the run that has saved the checkpoint `bot`; None where no logs of it are found.

    The run may have named it relative to where it was started: where we are, or above its checkpoints.
    """
    try:
        named = checkpoint_info(bot).log_folder
    except UserError:  # an exported bot, for example
        return None
    for folder in (Path(), *bot.resolve().parents) if named else ():
        with suppress(OSError, ValueError):  # anybody may have written the name
            if any((folder / named).glob(PATTERN)):
                return folder / named
    return None


def short_names(folders: Sequence[Path]) -> list[str]:
    """Names of folders: their own, or that of the nearest folder above by which they differ."""
    paths = [folder.resolve().parts for folder in folders]
    for depth in range(1, min(map(len, paths)) + 1):
        names = [path[-depth] for path in paths]
        if len(set(names)) == len(names):
            return names
    return [str(folder) for folder in folders]
