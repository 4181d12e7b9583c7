"""The figures of play of a match as it goes on, and the events on its timeline: those of `jaxrl.game.figures`."""

from dataclasses import dataclass

import numpy as np

from jaxrl.game.figures import FIGURES, Figure
from jaxrl.game.figures.block import Block
from jaxrl.game.figures.figure import OfCars, a_minute
from jaxrl.game.figures.movement import flips
from jaxrl.game.figures.touches import touches

# an amount or a number of events is shown as a sum: so far, instead of a minute
SHOWN: tuple[Figure, ...] = (
    *(
        FIGURES[name]
        for name in (
            *("goals_scored_per_minute", "shots_per_minute", "saves_per_minute"),
            *("touches_per_minute", "strong_touches_per_minute", "aerial_touches_per_minute"),
            *("highest_touch", "demos_per_minute", "possession_share", "goal_side_share"),
            *("speed", "supersonic_share", "air_share"),
        )
    ),
    a_minute("flip")(flips),
    *(
        FIGURES[name]
        for name in (
            *("wavedashes_per_minute", "boost_held", "tank_empty_share"),
            *("boost_gained_per_minute", "boost_used_per_minute", "small_pads_per_minute", "large_pads_per_minute"),
        )
    ),
)

IS_SUM, IS_HIGHEST = (np.array([figure.kind == kind for figure in SHOWN]) for kind in ("rate", "highest"))
PERCENT = np.array([100.0 if figure.unit == "of the time" else 1.0 for figure in SHOWN])

# what a car did in a decision; the timeline, and the field from above
EVENTS: dict[str, OfCars] = {
    "touch": touches,
    "aerial touch": FIGURES["aerial_touches_per_minute"].value,
    "shot": FIGURES["shots_per_minute"].value,
    "save": FIGURES["saves_per_minute"].value,
    "demolition": FIGURES["demos_per_minute"].value,
}


@dataclass(frozen=True)
class Label:
    """A figure in words; what is packed as a whole number is a multiple of `step`."""

    name: str
    unit: str  # empty for a number of events
    meaning: str
    step: float


def label(figure: Figure) -> Label:
    """How the figure is shown."""
    name = figure.name.removesuffix("_per_minute").removesuffix("_share").replace("_", " ")
    if figure.kind == "rate":
        return Label(name, "", figure.meaning, 1)
    if figure.unit == "of the time":
        return Label(name, "%", figure.meaning, 0.1)
    return Label(name, figure.unit.replace("0 to", "of"), figure.meaning, 1 if figure.unit.startswith("uu") else 0.1)


LABELS = tuple(label(figure) for figure in SHOWN)


class RunningFigures:
    """The figures `SHOWN` of each car from the first decision that is added on."""

    def __init__(self, num_cars: int) -> None:
        self._total = np.zeros((num_cars, len(SHOWN)), np.float64)
        self._count = np.zeros_like(self._total)

    @property
    def now(self) -> np.ndarray:
        """`[C, J]` float32: the figures after what was added so far.

        Sums; percent where a figure is a share of the time; NaN where there is nothing yet to be a mean of.
        """
        return self._shown(self._total, self._count)

    def add(self, block: Block) -> np.ndarray:
        """`[M, C, J]` float32: the figures as they are after each decision of a block `[M, 1, ...]`."""
        totals, counts = [], []
        for k, figure in enumerate(SHOWN):
            over, value = (np.asarray(each(block), np.float64)[:, 0] for each in (figure.over, figure.value))
            gather = np.maximum if figure.kind == "highest" else np.add
            value = np.where(over > 0, value * over, 0)
            totals.append(gather.accumulate(np.concatenate([self._total[None, :, k], value]))[1:])
            counts.append(self._count[:, k] + over.cumsum(0))
        total, count = np.stack(totals, -1), np.stack(counts, -1)
        self._total, self._count = total[-1], count[-1]
        return self._shown(total, count)

    def _shown(self, total: np.ndarray, count: np.ndarray) -> np.ndarray:
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan) * PERCENT
        highest = np.where(count > 0, total, np.nan)
        return np.where(IS_SUM, total, np.where(IS_HIGHEST, highest, mean)).astype(np.float32)


def event_flags(block: Block) -> np.ndarray:
    """`[M, C]` uint8: the events of each decision of a block `[M, 1, ...]`, the k-th of `EVENTS` as bit k."""
    flags = np.zeros(block.next_state.boost[:, 0].shape, np.uint8)
    for k, happened in enumerate(EVENTS.values()):
        flags |= (np.asarray(happened(block))[:, 0] > 0).astype(np.uint8) << np.uint8(k)
    return flags
