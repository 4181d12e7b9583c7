"""A guard against becoming slow: shares of what this machine can do, measured side by side, with wide margins."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_shares_of_the_limits(tmp_path):
    """docs/performance.md has what they are: 0.65 to 0.84, 0.75 to 0.87 and 0.75 to 0.80 on a noisy machine."""
    command = [sys.executable, "-m", "benchmarks.throughput", "--quick", "--json", str(tmp_path / "figures.json")]
    subprocess.run(command, check=True, capture_output=True)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["collect_share_random"] >= 0.5
    assert figures["update_share"] >= 0.5
    assert figures["loop_share"] >= 0.45


@pytest.mark.slow
def test_an_accelerator_is_measured_with_nothing_else(tmp_path):
    """On the CPU, small: every part is there, and written after each."""
    config = tmp_path / "small.yaml"
    config.write_text(
        "extends: final\n"
        "training: {n_steps: 16, batch_size: 128, n_minibatches: 2, n_epochs: 1}\n"
        "network: {actor: [8], critic: [8]}\n"
    )
    figures = tmp_path / "gpu.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks.gpu",
        "--config",
        str(config),
        "--minutes",
        "0",
        "--json",
        str(figures),
    ]
    subprocess.run([*command, "--precisions", "float32"], check=True, capture_output=True)
    found = json.loads(figures.read_text())
    assert [row["arenas"] for row in found["act"]] == [16, 64, 256, 1024, 4096] * 2
    assert found["update"][0]["share"] > 0
    assert found["loop"][0]["overlapping"] > 0
    assert found["sizes"] == []  # --minutes are over
