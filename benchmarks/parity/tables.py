"""Markdown tables of what was compared."""

import warnings
from collections.abc import Mapping

import numpy as np

from benchmarks.parity.distances import OF_THE_BALL, QUANTITIES, SECONDS
from benchmarks.parity.events import EVENTS, Compared
from benchmarks.parity.scenario import Scenario

Distances = Mapping[str, np.ndarray]
NOTHING = "-"


def number(value: float) -> str:
    """Three digits or so, and no more than two places."""
    if np.isnan(value):
        return NOTHING
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def median_and_largest(values: np.ndarray) -> str:
    """`median (largest)` of what is not NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all of it is NaN
        return f"{number(float(np.nanmedian(values)))} ({number(float(np.nanmax(values)))})"


def print_distances(
    quantity: str,
    found: Mapping[str, list[tuple[Scenario, Distances, Distances]]],
    columns: tuple[float, ...] = SECONDS,
) -> None:
    """Print a quantity of all scenarios: {area: [(scenario, 3 against 2, 2 aside against 2)]}."""
    print(f"\n**{quantity.capitalize()}, {QUANTITIES[quantity]}**: median (largest)\n")
    seconds = [f"{second:g} s" for second in columns]
    print(f"| | {' | '.join(seconds)} | 2 aside, {columns[-1]:g} s |\n{'|---' * (len(columns) + 2)}|")
    for area, scenarios in found.items():
        if quantity not in OF_THE_BALL and all(scenario.ball_counts for scenario, *_ in scenarios):
            continue
        print(f"| **{area}** {'|' * (len(columns) + 2)}")
        for scenario, apart, aside in scenarios:
            if quantity not in apart:
                continue
            rows = [SECONDS.index(second) for second in columns]
            cells = [median_and_largest(apart[quantity][row]) for row in rows]
            cells.append(median_and_largest(aside[quantity][rows[-1]]))
            print(f"| {scenario.name} | {' | '.join(cells)} |")


def print_events(found: Mapping[str, list[tuple[Scenario, str, Compared, Compared]]]) -> None:
    """Print all events: {area: [(scenario, event, 3 against 2, 2 aside against 2)]}."""
    print("| | event | in both | 2 only | 3 only | ticks later in 3 | then compared | apart | 2 aside: ticks, apart |")
    print("|---|---|---|---|---|---|---|---|---|")
    for events in found.values():
        for scenario, name, engines, aside in events:
            if not (engines.both or any(engines.alone)):
                continue
            event = EVENTS[name]
            cells = [scenario.name, name, str(engines.both), *(str(count) for count in engines.alone)]
            cells += [_ticks(engines), f"{event.what}, {event.unit}", median_and_largest(_or_nan(engines.apart))]
            cells.append(f"{_ticks(aside)}; {median_and_largest(_or_nan(aside.apart))}")
            print(f"| {' | '.join(cells)} |")


def _ticks(compared: Compared) -> str:
    if not compared.both:
        return NOTHING
    ticks = compared.ticks_later
    return f"{np.median(ticks):g} ({ticks.min()} to {ticks.max()})"


def _or_nan(values: np.ndarray) -> np.ndarray:
    return values if len(values) else np.array([np.nan])
