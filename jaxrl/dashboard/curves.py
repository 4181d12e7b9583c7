"""Curves as a page draws them: few points, each the mean of as many that were logged."""

from typing import NamedTuple

import numpy as np

from jaxrl.dashboard.events import Series

MAX_POINTS = 512  # of a curve: a chart is hardly wider


class Curve(NamedTuple):
    """A curve thinned out: point k is the mean of `width` values, and stands where the last of them was logged."""

    steps: np.ndarray  # int64 [K], environment steps
    times: np.ndarray  # float64 [K], seconds since 1970
    values: np.ndarray  # float64 [K]
    width: int


def thin(series: Series) -> Curve:
    """Thin a curve out to at most MAX_POINTS.

    The width is a power of two, so that points stay where they are while a run goes on.
    """
    steps, times, values = series.steps, series.times, series.values.astype(np.float64)
    width = 1
    while len(steps) > width * MAX_POINTS:
        width *= 2
    starts = np.arange(0, len(steps), width)
    ends = np.minimum(starts + width, len(steps))
    means = np.add.reduceat(values, starts) / (ends - starts)
    return Curve(steps[ends - 1], times[ends - 1], means, width)
