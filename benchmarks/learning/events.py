"""TensorBoard events as arrays."""

from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def read_scalars(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Every scalar tag of a run: environment steps, values, and wall-clock seconds since its first event."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    series = {tag: events.Scalars(tag) for tag in events.Tags()["scalars"]}
    start = min(points[0].wall_time for points in series.values())
    return {
        tag: (
            np.array([p.step for p in points]),
            np.array([p.value for p in points]),
            np.array([p.wall_time - start for p in points]),
        )
        for tag, points in series.items()
    }
