"""A guard against becoming slow: shares of what this machine can do, measured side by side, with wide margins."""

import pytest
from tqdm import tqdm

from benchmarks.throughput import make_config, run_size


@pytest.mark.slow
def test_shares_of_the_limits():
    """docs/performance.md has what they are on a quiet machine; half of the collection lost would fail here."""
    figures = run_size(make_config(128, 1), 5, tqdm(disable=True))
    assert figures["collect_share_random"] >= 0.6
    assert figures["update_share"] >= 0.5
    assert figures["loop_share"] >= 0.5
    assert figures["loop"] < figures["collect_policy"] < figures["physics_limit"], "a share above 1 measures nothing"
