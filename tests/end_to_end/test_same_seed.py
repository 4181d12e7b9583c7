"""The same seed gives the same bot, bit for bit, whatever the number of workers."""

import numpy as np
import pytest
from support.cli import TINY, run

SETTINGS = TINY | {
    "environment.num_envs": "4",
    "training.batch_size": "128",
    "training.n_steps": "32",
    "training.total_timesteps": str(20 * 128),
    "evaluation.eval_freq": "1000",  # twice on the way, which must not matter either
    "logging.save_interval": "100000000",
}


@pytest.mark.slow
def test_twenty_updates_bit_for_bit(tmp_path, cache):
    weights = {}
    for name, changes in {
        "one worker": {"environment.num_workers": "1"},
        "again": {"environment.num_workers": "1"},
        "three workers": {"environment.num_workers": "3"},
        "no worker": {"environment.num_workers": "0"},
        "another seed": {"environment.num_workers": "1", "training.seed": "1"},
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        done = run(SETTINGS | cache | changes, cwd=folder)
        assert done.returncode == 0, done.stderr
        weights[name] = dict(np.load(folder / "checkpoints/final/policy.npz"))
    reference = weights.pop("one worker")
    for name, other in weights.items():
        same = all(other[key].tobytes() == value.tobytes() for key, value in reference.items())
        assert same == (name != "another seed"), name
