"""A run on several devices, its checkpoint on one. A CPU passes for several, in processes that are started so."""

import numpy as np
import pytest
from support.cli import TINY, assert_one_error_line, read_scalars, run

FOUR = "--xla_force_host_platform_device_count=4"


@pytest.mark.slow
@pytest.mark.parametrize("overlap", ["false", "true"])
def test_four_devices_train_and_one_goes_on(tmp_path, cache, monkeypatch, overlap):
    settings = TINY | cache | {"environment.num_envs": "4", "training.n_steps": "32", "training.overlap": overlap}
    settings |= {"league.share": "0.25", "league.save_every": "128"}
    monkeypatch.setenv("XLA_FLAGS", FOUR)
    done = run(settings | {"accelerator.devices": "4"}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 x cpu" in done.stdout
    scalars = read_scalars(tmp_path / "logs")
    assert scalars["eval/mean_reward"]
    assert all(np.isfinite(value) for _, value in scalars["train/loss"])
    monkeypatch.delenv("XLA_FLAGS")
    longer = {"training.total_timesteps": "2000"}
    again = run(settings | longer, "--resume", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert read_scalars(tmp_path / "logs")["train/loss"][-1][0] >= 2000
    assert_one_error_line(run(settings | {"accelerator.devices": "4"}, cwd=tmp_path), "devices 4: JAX finds 1 (cpu)")
