"""What other machines are worth: the arithmetic by hand, the bytes counted by hand, and the whole command, small."""

import os
import subprocess
import sys

import numpy as np
import pytest
from support.cli import ROOT
from support.updates import make_ppo, make_rollout

from benchmarks.speed import scale
from benchmarks.speed.scale_intake import bytes_by_part, pickled
from benchmarks.speed.scale_overlap import Overlapped
from benchmarks.speed.scale_paper import GIGABITS, NODES, WAYS, Figures, paper, row
from jaxrl.training.cluster.actor import Sent
from jaxrl.training.cluster.wire import pack

FIGURES = Figures(
    node=10_000,
    share=0.9,
    intake=400_000,
    update=300_000,
    bytes_a_step=400,
    weight_bytes=2_000_000,
    rollout=4_000,
    max_lag=4,
)


@pytest.mark.parametrize(
    ("nodes", "gigabits", "rate", "first", "second"),
    [
        (1, 1, 9_000, "nodes", ("network, weights", 250_000)),
        (10, 1, 90_000, "nodes", ("network, weights", 250_000)),
        (100, 1, 250_000, "network, weights", ("update", 300_000)),
        (100, 10, 300_000, "update", ("intake", 400_000)),
    ],
)
def test_the_lowest_limit_is_the_first_bottleneck(nodes, gigabits, rate, first, second):
    """1 Gbit/s is 125 MB/s: 312,500 rows of 400 bytes, or weights for 62.5 rollouts of 4,000 steps = 250,000."""
    found = row(FIGURES, nodes, gigabits)
    assert (found.rate, found.first, found.second) == (pytest.approx(rate), first, second)
    assert found.limits["network, rows"] == gigabits * 312_500
    assert found.limits["nodes"] == pytest.approx(nodes * 9_000)


@pytest.mark.parametrize(
    ("change", "first", "rate"),
    [
        ({"bytes_a_step": 1_000}, "network, rows", 125_000),
        ({"rollout": 1_000}, "network, weights", 62_500),
        ({"intake": 200_000}, "intake", 200_000),
        ({"update": 100_000}, "update", 100_000),
        ({"node": 100}, "nodes", 90_000),
    ],
)
def test_each_part_can_be_the_one_that_holds_nodes_up(change, first, rate):
    found = row(FIGURES._replace(**change), 1_000, 1)
    assert (found.first, found.rate) == (first, pytest.approx(rate))
    assert set(found.limits) == set(WAYS)


def test_the_table_has_every_number_of_nodes_with_every_network():
    """Updates of a quarter of the nodes, rounded up: rollouts are four updates old by then, no more."""
    rows = paper(FIGURES)
    assert [(each.gigabits, each.nodes) for each in rows] == [(g, n) for g in GIGABITS for n in NODES]
    assert [each.batch for each in rows[:4]] == [4_000, 12_000, 100_000, 1_000_000]


@pytest.mark.parametrize(
    ("both", "hidden"),
    [(0.3, 1.0), (0.5, 0.0), (0.32, 0.9), (0.6, -0.5)],
)
def test_what_is_hidden_of_the_shorter(both, hidden):
    """0.3 s and 0.2 s are 0.5 s in turn; what both together take less than that, of 0.2 s."""
    assert Overlapped(0.3, 0.2, both).hidden == pytest.approx(hidden)
    assert Overlapped(0.2, 0.3, both).hidden == pytest.approx(hidden)


@pytest.mark.parametrize(
    ("found", "is_most", "verdict"),
    [
        (400, False, "reached"),
        (300, False, "missed by 25.0%"),
        (400, True, "reached"),
        (500, True, "missed by 25.0%"),
        (300, True, "reached"),
    ],
)
def test_a_bar_is_reached_or_missed_by_so_much(found, is_most, verdict):
    assert scale.Bar("", found, 400, is_most).verdict == verdict


def test_bytes_of_a_step_are_those_counted_by_hand():
    """A row of 1v1: 65 flags in 9 bytes, 10 counts of 1 byte, 11 of 2, 34 pads of 2, 71 numbers of 4 = 393 bytes.

    16 decisions of 4 arenas: 17 x 4 rows, 2 last ones with two numbers of 4 bytes each, and for each of the 64 steps 2
    bytes an action, 4 a log-probability, both of 2 cars, and 2 bits.
    """
    rollout = make_rollout(make_ppo().game)
    rows = np.zeros_like(rollout.states)
    packed = pack(
        rollout._replace(
            states=rows,
            final_states=np.zeros_like(rollout.final_states),
            log_probs=np.zeros(rollout.actions.shape, np.float32),
        )
    )
    wanted = 393 * (17 * 4 + 2) + 2 * 2 * 4 + 64 * 2 * (2 + 4) + 64 // 4
    assert sum(bytes_by_part(packed).values()) * 64 == pytest.approx(wanted)
    assert bytes_by_part(packed)["states: numbers"] == 71 * 4 * 17 / 16
    assert wanted < pickled(Sent(0, packed, 0)) < wanted + 2_000  # names of classes, shapes


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--nodes", "4", "2"], "--nodes must grow: nodes join one cluster"),
        (["--nodes", "2", "2"], "--nodes must grow: nodes join one cluster"),
        (["--nodes", "0"], "argument --nodes: 0 is not a whole number above 0"),
        (["--rounds", "1.5"], "argument --rounds: 1.5 is not a whole number above 0"),
        (["--seconds", "nan"], "argument --seconds: nan is not a number above 0"),
        (["--node-rate", "inf"], "argument --node-rate: inf is not a number above 0"),
    ],
)
def test_a_bad_option_is_a_line(words, line, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["scale", *words])
    with pytest.raises(SystemExit) as caught:
        scale.main()
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"error: {line}")


def test_without_ray_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["scale"])
    monkeypatch.setattr(scale, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"^the package ray is missing: uv sync --extra ray, or pip install "):
        scale.main()


def tables(text: str) -> dict[str, dict[str, list[str]]]:
    """The cells of every Markdown table, by the first cell of its head and then of the row."""
    found: dict[str, dict[str, list[str]]] = {}
    for block in text.split("\n\n"):
        lines = [line[2:-2].split(" | ") for line in block.splitlines() if line.startswith("| ")]
        if lines:
            found[" | ".join(lines[0])] = {" | ".join(line[:2]): line for line in lines[1:]}
    return found


@pytest.mark.slow
def test_the_whole_command_small(tmp_path):
    """Two real Ray nodes that sleep, four devices that a CPU passes for; rates of this machine are not judged."""
    pytest.importorskip("ray")
    config = tmp_path / "small.yaml"
    config.write_text(
        "extends: final\n"
        "training: {n_steps: 64, batch_size: 2048, n_minibatches: 2, n_epochs: 1}\n"
        "environment: {num_envs: 32, physics: rocketsim2}\n"
        "network: {actor: [8], critic: [8]}\n"
    )
    command = [sys.executable, "-m", "benchmarks.scale", "--config", str(config), "--nodes", "1", "2"]
    command += ["--seconds", "1", "--rounds", "2", "--node-rate", "1000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, env=os.environ)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "a rollout of a node is 8 arenas x 64 decisions, 1v1; an update learns from 4 of them" in done.stdout
    found = tables(done.stdout)
    nodes = found["nodes | steps/s | perfect | share | rollouts dropped"]
    assert [line[2] for line in nodes.values()] == ["512", "1,024"]  # 512 steps a second each
    assert all(0.3 < float(line[3]) < 1.2 for line in nodes.values())
    hidden = found["collecting, ms | device, ms | wall-clock, ms | hidden of the shorter"]
    assert all(0.3 < float(line[3]) <= 1 for line in hidden.values())
    on_paper = next(rows for head, rows in found.items() if head.startswith("nodes | Gbit/s"))
    assert len(on_paper) == 8
    assert on_paper["1 | 1"][5] == "nodes"
    bars = found["bar | aimed at | found | "]
    assert next(line[3] for line in bars.values()) == "reached"  # bytes
    assert len(bars) == 4
