"""Weights & Biases, offline: no account, no network, the run on disk."""

import pytest

from jaxrl.config.load import load_config
from jaxrl.report.display import RunDisplay


@pytest.mark.slow
def test_an_offline_run_holds_what_was_logged(tmp_path, monkeypatch, request):
    """The history in wandb's own file; NaN is left out."""
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    config = load_config(request.config.rootpath / "configs/final.yaml", ["logging.wandb=true"])
    with RunDisplay(tmp_path / "run_1", config) as display:
        display.log({"reward/touch_mean": 0.25, "episode/return": float("nan")}, 4096)
        display.log({"reward/touch_mean": 0.5}, 8192)
    (file,) = (tmp_path / "run_1").glob("wandb/offline-run-*/*.wandb")
    data = file.read_bytes()  # records of a protocol buffer, with keys and JSON values as they are
    for text in (b"reward/touch_mean", b"0.25", b"0.5", b"env_steps", b"4096", b"8192"):
        assert text in data
    assert b"episode/return" not in data
