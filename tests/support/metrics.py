"""Metrics of an update made by hand."""

import numpy as np

from jaxrl.ppo.loss import LossMetrics
from jaxrl.ppo.metrics import Metrics
from jaxrl.ppo.shown import Shown


def make_metrics(**changed) -> Metrics:
    """Metrics in which every field has a number of its own, so that mixed-up tags show."""
    loss = LossMetrics(*(np.float32(100 + i) for i in range(len(LossMetrics._fields))))
    values = {name: np.float32(i) for i, name in enumerate(Metrics._fields)}
    values |= {
        "loss": loss,
        "reward_terms": {"goal": np.float32(1)},
        "own_terms": {},
        "statistics": {},
        "shown": Shown(),
    }
    return Metrics(**(values | changed))
