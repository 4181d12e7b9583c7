"""Runs at a glance in the terminal: one screen that is drawn anew in place, and leaves nothing behind."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from jaxrl.dashboard.panels import MEAN, REWARD, TOTAL
from jaxrl.dashboard.runs import Run, Runs
from jaxrl.errors import printable

SECONDS, READING_SECONDS = 2.0, 0.01  # between two looks; while old logs are being read there is more at once
LOOK_SECONDS = 0.1  # between two looks whether to end
BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 32  # of a small curve
COLORS = ("blue", "yellow", "green", "red", "magenta", "bright_yellow", "cyan", "white")
# what is shown of every run, where it is logged: title, tag
FIGURES = (
    ("rating", "rating/elo"),
    ("win rate", "eval/win_rate"),
    ("goals scored a match", "eval/goals_for"),
    ("goals conceded a match", "eval/goals_against"),
    ("touches a minute", "game/touches_per_minute"),
    ("reward a decision", TOTAL),
    ("entropy", "train/entropy"),
    ("KL divergence", "train/approx_kl"),
    ("value loss", "train/value_loss"),
    ("steps/s", "speed/overall"),
)
STATES = {"": "no update yet", "running": "running", "done": "done", "quiet": "no news for {}"}
MOST_TERMS = 6  # of the reward, the largest


def show_screen(runs: Runs, is_over: Callable[[], bool]) -> None:
    """Show the runs until `is_over`."""
    console = Console()
    with Live(console=console, screen=console.is_terminal, auto_refresh=False, vertical_overflow="crop") as live:
        while not is_over():
            told = runs.status()["runs"]
            live.update(screen(runs.runs, told), refresh=True)
            reading = any(each["read"] < 1 for each in told)
            if not console.is_terminal and not reading:
                return  # a pipe or a file: once is enough
            end = time.monotonic() + (READING_SECONDS if reading else SECONDS)
            while time.monotonic() < end and not is_over():
                time.sleep(min(LOOK_SECONDS, READING_SECONDS if reading else LOOK_SECONDS))


def screen(runs: list[Run], told: list[dict[str, Any]]) -> Group:
    """The runs side by side: how far they are, the figures and their curves."""
    parts: list[Any] = [_head(run, k) for k, run in enumerate(told)]
    table = Table(expand=True, box=None, pad_edge=False)
    table.add_column("", ratio=2, no_wrap=True)
    for k, run in enumerate(told):
        table.add_column(Text(printable(run["name"]), style=COLORS[k]), ratio=3, no_wrap=True)
    for title, tag in (*FIGURES, *_terms(told)):
        if any(tag in run["newest"] for run in told):
            table.add_row(title, *(_cell(run, tag, COLORS[k]) for k, run in enumerate(runs)))
    return Group(*parts, Panel(table, border_style="bright_black"))


def _head(run: dict[str, Any], k: int) -> Table:
    """Name, bar and what there is to say of a run in words."""
    pace = run["pace"]
    head = Table.grid(expand=True, padding=(0, 2))
    head.add_column(no_wrap=True)
    head.add_column(ratio=1)
    head.add_column(no_wrap=True)
    bar = ProgressBar(total=max(pace["total"], 1), completed=pace["steps"], complete_style=COLORS[k])
    state = (
        f"reading, {run['read']:.0%}" if run["read"] < 1 else STATES[pace["state"]].format(duration(pace["silence"]))
    )
    head.add_row(Text(printable(run["name"]), style=f"bold {COLORS[k]}"), bar, state)
    body = Table.grid(expand=True)
    body.add_row(head)
    body.add_row(Text(" · ".join(words(run)), style="bright_black"))
    if run["trouble"]:
        body.add_row(Text(printable(run["trouble"]), style="red"))
    return body


def words(run: dict[str, Any]) -> list[str]:
    """How far, how fast, what limits, which stage, what went wrong, what is saved."""
    pace, limit, stage = run["pace"], run["limit"], run["stage"]
    said = [f"{pace['steps']:,} of {pace['total']:,} steps" if pace["total"] else f"{pace['steps']:,} steps"]
    if pace["state"] == "running" and pace["left"] is not None:
        said.append(f"{duration(pace['left'])} left")
    if limit is not None:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in limit["shares"].items())
        said.append(f"{limit['most']} limits: {shares} of the time")
    if stage is not None:
        waits = [f"{goal['name']} {number(goal['now'])} of {number(goal['needed'])}" for goal in stage["missing"]]
        next_one = f", the next waits for {', '.join(waits)}" if waits else ""
        said.append(f"stage {stage['number'] + 1} of {stage['count']}{next_one}")
    said += [f"{count} {name}" for name, count in run["faults"].items()]
    if run["checkpoints"]:
        name, steps = run["checkpoints"][-1]
        said.append(printable(f"{len(run['checkpoints'])} checkpoints, newest {name} ({steps:,} steps)"))
    return said


def number(value: float) -> str:
    """`1.9` or `16,400,000`."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def _terms(told: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The largest reward terms, of any run."""
    sizes: dict[str, float] = {}
    for run in told:
        for tag, value in run["newest"].items():
            if tag.startswith(REWARD) and tag != TOTAL and value is not None:
                sizes[tag] = max(sizes.get(tag, 0.0), abs(value))
    largest = sorted((tag for tag in sizes if sizes[tag] > 0), key=lambda tag: -sizes[tag])[:MOST_TERMS]
    return [(f"  {printable(tag.removeprefix(REWARD).removesuffix(MEAN))}", tag) for tag in largest]


def _cell(run: Run, tag: str, color: str) -> Text:
    series = run.events.series.get(tag)
    if series is None or not len(series):
        return Text("")
    return Text.assemble((f"{shown(series.last):>9} ", "bold"), (small_curve(series.values), color))


def shown(value: float) -> str:
    """Four digits, and thousands as people write them."""
    return f"{value:,.0f}" if 1000 <= abs(value) < math.inf else f"{value:.4g}"


def small_curve(values: np.ndarray) -> str:
    """A curve of at most WIDTH blocks, each the mean of a part of `values` [K]."""
    parts = np.array_split(values[np.isfinite(values)].astype(float), min(WIDTH, len(values)))
    means = [float(part.mean()) for part in parts if len(part)]
    if not means:
        return ""
    low, high = min(means), max(means)
    if not math.isfinite(high - low) or high == low:
        return BLOCKS[0] * len(means)
    return "".join(BLOCKS[round((mean - low) / (high - low) * (len(BLOCKS) - 1))] for mean in means)
