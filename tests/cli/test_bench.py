"""`jaxrl bench` on real arenas: what it prints adds up."""

import re

import pytest

from jaxrl.cli.main import run_command
from jaxrl.report.tags import Timing
from jaxrl.training import bench

TINY = ["environment.num_envs=2", "training.n_steps=16", "training.batch_size=null", "training.n_minibatches=2"]
TINY += [
    "network.actor=[8]",
    "network.critic=[8]",
    "environment.num_workers=0",
    "environment.physics=rocketsim2",
    "accelerator.compile_cache=null",
]


def test_rates_of_the_parts_and_the_whole(capsys):
    settings = [part for setting in TINY for part in ("--set", setting)]
    assert run_command("bench", ["--config", "final", *settings, "--updates", "3"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("cpu, RocketSim 2 (2.2.1), 3 updates of 32 steps")
    rates = {
        line.split()[0]: [float(x.replace(",", "")) for x in re.findall(r"\d[\d,.]*(?= )", line)] for line in lines
    }
    assert list(rates) == ["collect", "update", "loop"]
    for steps, transitions, _ in rates.values():
        assert transitions == pytest.approx(2 * steps, abs=2)
    whole = 1 / (1 / rates["collect"][0] + 1 / rates["update"][0])
    assert rates["loop"][0] == pytest.approx(whole, rel=0.3)  # medians of three


def test_the_loop_is_what_both_took_together(monkeypatch, capsys):
    """Hand-worked medians of 32 steps: 0.2 s, 0.1 s, and 0.25 s where they overlap."""
    timings = [Timing(0.2, 0.1, 0.3), Timing(0.1, 0.1, 0.2), Timing(0.3, 0.1, 0.25, lag=1)]
    monkeypatch.setattr(bench, "measure", lambda config, warm_up, updates: ("cpu", timings))
    settings = [part for setting in TINY for part in ("--set", setting)]
    assert run_command("bench", ["--config", "final", *settings, "--updates", "3"]) == 0
    lines = [line.split(" steps/s")[0].split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines == [["collect", "160"], ["update", "320"], ["loop", "128"]]


def test_no_updates_is_one_line(capsys):
    assert run_command("bench", ["--config", "final", "--updates", "0"]) == 2
    assert capsys.readouterr().err == "--updates 0: must be 1 or more\n"
